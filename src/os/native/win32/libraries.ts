/** The functions of Windows that are called, declared as in its documentation; a handle is a number of pointer size. */
import type { Koffi } from '../koffi';

/** Of `kernel32.dll` and `ntdll.dll`, which every process has. */
export interface Kernel {
  CreateFileW(
    name: string,
    access: number,
    share: number,
    security: null,
    disposition: number,
    flags: number,
    template: number,
  ): number;
  ReadFile(handle: number, buffer: Buffer, size: number, read: Buffer, overlapped: null): number;
  CloseHandle(handle: number): number;
  GetLastError(): number;
  OpenProcess(access: number, inherit: number, pid: number): number;
  GetProcessId(handle: number): number;
  GetProcessTimes(handle: number, start: Buffer, exit: Buffer, kernel: Buffer, user: Buffer): number;
  TerminateProcess(handle: number, exitCode: number): number;
  WaitForSingleObject(handle: number, ms: number): number;
  QueryFullProcessImageNameW(handle: number, flags: number, name: Buffer, size: Buffer): number;
  NtQueryInformationFile(
    handle: number,
    status: Buffer,
    buffer: Buffer,
    size: number,
    informationClass: number,
  ): number;
  NtQuerySystemInformation(informationClass: number, buffer: Buffer, size: number, needed: Buffer): number;
  NtQueryInformationProcess(
    handle: number,
    informationClass: number,
    buffer: Buffer,
    size: number,
    needed: Buffer,
  ): number;
}

/** Of `kernel32.dll`. */
export interface Console {
  FreeConsole(): number;
  AttachConsole(pid: number): number;
  GetConsoleProcessList(pids: Buffer, room: number): number;
  SetConsoleCtrlHandler(handler: null, add: number): number;
  GenerateConsoleCtrlEvent(event: number, group: number): number;
}

export interface RestartManager {
  RmStartSession(session: Buffer, flags: number, key: Buffer): number;
  RmRegisterResources(
    session: number,
    fileCount: number,
    files: Buffer,
    applicationCount: number,
    applications: null,
    serviceCount: number,
    services: null,
  ): number;
  RmGetList(session: number, needed: Buffer, count: Buffer, processes: Buffer, reasons: Buffer): number;
  RmEndSession(session: number): number;
}

export interface Network {
  GetExtendedTcpTable(
    table: Buffer,
    size: Buffer,
    order: number,
    family: number,
    tableClass: number,
    reserved: number,
  ): number;
}

const KERNEL32 = [
  'intptr_t CreateFileW(str16 name, uint32_t access, uint32_t share, void *security, uint32_t disposition, uint32_t flags, intptr_t template)',
  'int ReadFile(intptr_t handle, void *buffer, uint32_t size, void *read, void *overlapped)',
  'int CloseHandle(intptr_t handle)',
  'uint32_t GetLastError()',
  'intptr_t OpenProcess(uint32_t access, int inherit, uint32_t pid)',
  'uint32_t GetProcessId(intptr_t handle)',
  'int GetProcessTimes(intptr_t handle, void *start, void *exit, void *kernel, void *user)',
  'int TerminateProcess(intptr_t handle, uint32_t exitCode)',
  'uint32_t WaitForSingleObject(intptr_t handle, uint32_t ms)',
  'int QueryFullProcessImageNameW(intptr_t handle, uint32_t flags, void *name, void *size)',
];

const CONSOLE = [
  'int FreeConsole()',
  'int AttachConsole(uint32_t pid)',
  'uint32_t GetConsoleProcessList(void *pids, uint32_t room)',
  'int SetConsoleCtrlHandler(void *handler, int add)',
  'int GenerateConsoleCtrlEvent(uint32_t event, uint32_t group)',
];

const NTDLL = [
  'uint32_t NtQueryInformationFile(intptr_t handle, void *status, void *buffer, uint32_t size, int informationClass)',
  'uint32_t NtQuerySystemInformation(int informationClass, void *buffer, uint32_t size, void *needed)',
  'uint32_t NtQueryInformationProcess(intptr_t handle, int informationClass, void *buffer, uint32_t size, void *needed)',
];

const RSTRTMGR = [
  'uint32_t RmStartSession(void *session, uint32_t flags, void *key)',
  'uint32_t RmRegisterResources(uint32_t session, uint32_t fileCount, void *files, uint32_t applicationCount, void *applications, uint32_t serviceCount, void *services)',
  'uint32_t RmGetList(uint32_t session, void *needed, void *count, void *processes, void *reasons)',
  'uint32_t RmEndSession(uint32_t session)',
];

const IPHLPAPI = [
  'uint32_t GetExtendedTcpTable(void *table, void *size, int order, uint32_t family, int tableClass, uint32_t reserved)',
];

/** `standIn`: one library in the place of all. */
export class Libraries {
  readonly kernel: Kernel;
  readonly #koffi: Koffi;
  readonly #standIn: string | undefined;
  #console: Console | undefined;
  #restartManager: RestartManager | undefined;
  #network: Network | undefined;

  constructor(koffi: Koffi, standIn: string | undefined) {
    this.#koffi = koffi;
    this.#standIn = standIn;
    this.kernel = {
      ...this.#declare('kernel32.dll', KERNEL32),
      ...this.#declare('ntdll.dll', NTDLL),
    } as unknown as Kernel;
  }

  /** Loaded when first needed, as the following. */
  get console(): Console {
    return (this.#console ??= this.#declare('kernel32.dll', CONSOLE) as unknown as Console);
  }

  get restartManager(): RestartManager {
    return (this.#restartManager ??= this.#declare('rstrtmgr.dll', RSTRTMGR) as unknown as RestartManager);
  }

  get network(): Network {
    return (this.#network ??= this.#declare('iphlpapi.dll', IPHLPAPI) as unknown as Network);
  }

  /** Returns where the buffer is in memory. */
  addressOf(buffer: Buffer): bigint {
    return this.#koffi.address(buffer);
  }

  #declare(name: string, functions: readonly string[]): Record<string, unknown> {
    const library = this.#koffi.load(this.#standIn ?? name);
    return Object.fromEntries(
      functions.map((declaration) => [
        /(\w+)\(/.exec(declaration)?.[1] ?? '',
        library.func(declaration) as unknown,
      ]),
    );
  }
}
