/** What is read and written of the structures of 64-bit Windows: sizes and places in bytes, and the numbers of its calls. */

/** NTSTATUS values: ntstatus.h. */
export const STATUS = {
  success: 0,
  notImplemented: 0xc0000002,
  invalidInfoClass: 0xc0000003,
  infoLengthMismatch: 0xc0000004,
  bufferTooSmall: 0xc0000023,
  notSupported: 0xc00000bb,
} as const;

/** Error codes: winerror.h. */
export const ERROR = {
  success: 0,
  fileNotFound: 2,
  pathNotFound: 3,
  accessDenied: 5,
  sharingViolation: 32,
  lockViolation: 33,
  handleEof: 38,
  invalidParameter: 87,
  insufficientBuffer: 122,
  moreData: 234,
} as const;

/** winnt.h and fileapi.h. */
export const OPEN = {
  /** Opens with nothing else are subject to no sharing, and break no opportunistic lock. */
  attributesOnly: 0x0080 | 0x0010_0000,
  read: 0x8000_0000,
  write: 0x4000_0000,
  shareAll: 1 | 2 | 4,
  existing: 3,
  /** A directory is opened too. */
  backupSemantics: 0x0200_0000,
  invalidHandle: -1,
} as const;

/** FILE_PROCESS_IDS_USING_FILE_INFORMATION: a ULONG, then ULONG_PTRs. ntifs.h. */
export const FILE_USERS = { informationClass: 47, count: 0, first: 8, each: 8 } as const;

export const IO_STATUS_BLOCK = { size: 16 } as const;

/** RM_PROCESS_INFO of restartmanager.h; `key`: CCH_RM_SESSION_KEY + 1 characters. */
export const RESTART_MANAGER = { size: 668, pid: 0, start: 4, key: 33 * 2 } as const;

/** SYSTEM_PROCESS_INFORMATION: winternl.h, and ntddk of System Informer. */
export const PROCESS_LIST = {
  informationClass: 5,
  next: 0,
  start: 32,
  nameLength: 56,
  name: 64,
  pid: 80,
  parent: 88,
} as const;

/** ProcessCommandLineInformation: a UNICODE_STRING, and what it points to right behind it. */
export const COMMAND_LINE = { informationClass: 60, length: 0, text: 16 } as const;

/** winnt.h. */
export const PROCESS = {
  terminate: 0x0001,
  /** PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE: also of other users' processes, as a rule. */
  known: 0x1000 | 0x0010_0000,
} as const;

/** FILETIME: units of 100 ns since 1601. */
export const FILETIME = { size: 8 } as const;

/** WaitForSingleObject: what it returns for a process that has ended. */
export const WAIT_ENDED = 0;

/** MIB_TCPTABLE_OWNER_PID and MIB_TCP6TABLE_OWNER_PID of tcpmib.h: a DWORD, then rows. Ports in network byte order. */
export const TCP_LISTENERS = {
  tableClass: 3,
  count: 0,
  first: 4,
  v4: { family: 2, size: 24, address: 4, port: 8, pid: 20 },
  v6: { family: 23, size: 56, address: 0, port: 20, pid: 52 },
} as const;
