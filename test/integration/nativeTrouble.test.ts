/**
 * The native helper of macOS and of Windows, in a process of its own over stand-ins for their libraries: killed by a
 * SIGSEGV inside a call of the system, or in a call that never comes back, in the middle of every kind of question.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FileFacts } from '../../src/model/facts';
import { DarwinLockReader } from '../../src/os/darwin/lockReader';
import { DarwinPortReader } from '../../src/os/darwin/portReader';
import { darwinProcesses } from '../../src/os/darwin/processes';
import { DarwinProcessListing } from '../../src/os/darwin/processTable';
import { darwinUsers } from '../../src/os/darwin/users';
import { binaryFiles } from '../../src/os/native/binary';
import type { DarwinCalls } from '../../src/os/native/darwin/calls';
import { NativeHelper } from '../../src/os/native/helper';
import type { WindowsCalls } from '../../src/os/native/win32/calls';
import { WindowsLockReader } from '../../src/os/win32/lockReader';
import { windowsListeners } from '../../src/os/win32/ports';
import { windowsProcesses } from '../../src/os/win32/processes';
import { WindowsProcessListing } from '../../src/os/win32/processTable';
import { windowsUsers } from '../../src/os/win32/users';
import { whyNoCompiler } from '../fixtures/compile';
import { DarwinWorld } from '../fixtures/darwinWorld';
import { isRunning } from '../fixtures/proc';
import { Stage, until } from '../fixtures/stage';
import { StandInHelpers, type StandIn } from '../fixtures/standIn';
import { WindowsWorld } from '../fixtures/windowsWorld';

const root = path.resolve(import.meta.dirname, '../..');
const hasKoffi = binaryFiles(root, 'koffi.node').some((file) => fs.existsSync(file));
const why =
  process.platform !== 'linux'
    ? 'the stand-ins are made on Linux'
    : (whyNoCompiler() ?? (hasKoffi ? undefined : 'there is no koffi here'));

const NO_CHANGE = { added: [], removed: [], changed: [] };
const OPTIONS = { signal: new AbortController().signal, onProgress: () => undefined };
const WINDOWS_FILE = 'C:\\bot\\bot.lock';
const PORT = 3000;
const NO_PROCESSES = { get: () => undefined, parentOf: () => undefined, invalidate: () => undefined };

const TROUBLES = ['crash', 'hang'] as const;
type Trouble = (typeof TROUBLES)[number];
const DEADLINE_MS = 1000;
const SAID: Record<Trouble, string> = {
  crash: 'it ended with SIGSEGV',
  hang: `it gave no answer for ${DEADLINE_MS} ms`,
};

type Calls<C> = { [K in keyof C]: (...args: never[]) => unknown };

/** What one question has to work with. `pid`: of a real process, which both worlds know. */
interface Scene<C extends Calls<C>> {
  native: Pick<NativeHelper<C>, 'ask' | 'pid'>;
  pid: number;
  folder: string;
  file: string;
  /** Resolves when everything that was asked has been answered, or not. */
  quiet: () => Promise<unknown>;
}

/** Asks as the extension does, and returns what the layer above the helper then says; and what that has to be. */
type Row<C extends Calls<C>> = (scene: Scene<C>) => Promise<unknown>;
type Rows<C extends Calls<C>> = {
  [K in keyof C & string]: { above: Row<C>; says: (why: string, pid: number) => unknown };
};

const showsCommand = (text: string): unknown => ({
  result: 'unproven',
  reason: expect.stringContaining(`To end it yourself: ${text}`) as string,
});
const fileFacts = (file: string): FileFacts => ({ path: file, status: 'file', id: { dev: '1', ino: '2' } });

const lockReader = async ({ native, file }: Scene<DarwinCalls>): Promise<DarwinLockReader> => {
  const reader = new DarwinLockReader(NO_PROCESSES, { native, openers: () => Promise.resolve(new Map()) });
  reader.watch(file, fileFacts(file));
  await reader.update(NO_CHANGE);
  return reader;
};
const unseen = { locks: [], certainty: 'unknown', because: 'probeOnly' };

const DARWIN: Rows<DarwinCalls> = {
  identify: {
    above: async ({ native, pid }) => {
      const handle = darwinProcesses(native).open(pid);
      await handle?.pin?.();
      return handle?.signal('SIGTERM');
    },
    says: (_, pid) => showsCommand(`kill -TERM ${pid}`),
  },
  signalVersion: {
    above: async ({ native, pid }) => {
      const handle = darwinProcesses(native).open(pid);
      await handle?.pin?.();
      return handle?.signal('SIGTERM');
    },
    says: (reason) => ({ result: 'lost', why: reason }),
  },
  processes: {
    above: async ({ native }) => {
      const byPs = { list: () => Promise.resolve([{ pid: 1, comm: 'by ps', argv: [] }]) };
      const programs = {
        ...byPs,
        details: () => Promise.resolve([]),
        cwds: () => Promise.resolve(new Map()),
      };
      return new DarwinProcessListing(native, programs).list();
    },
    says: () => [{ pid: 1, comm: 'by ps', argv: [] }],
  },
  workingFolders: {
    above: async ({ native, pid }) => {
      const byLsof = new Map([[pid, '/by lsof']]);
      const programs = {
        list: () => Promise.resolve([]),
        details: () => Promise.resolve([]),
        cwds: () => Promise.resolve(byLsof),
      };
      return [...(await new DarwinProcessListing(native, programs).cwds([pid]))];
    },
    says: (_, pid) => [[pid, '/by lsof']],
  },
  locksOn: {
    above: async (scene) => {
      const reader = await lockReader(scene);
      return [reader.source, reader.view(scene.file)];
    },
    says: () => ['lsof', { ...unseen, openers: [] }],
  },
  usesOf: {
    above: async (scene) => {
      const reader = await lockReader(scene);
      return [reader.source, reader.view(scene.file)];
    },
    says: () => ['lsof', { ...unseen, openers: [] }],
  },
  lockedFiles: {
    above: async (scene) => {
      const reader = await lockReader(scene);
      return reader.heldLocks([scene.folder]).catch((error: unknown) => String(error));
    },
    says: (reason) => `Error: ${reason}`,
  },
  pathUsers: {
    above: async ({ native, file }) => (await darwinUsers(native))?.ofPath(file, false, OPTIONS),
    says: (reason) => ({ problem: reason }),
  },
  listeners: {
    above: async ({ native }) => {
      const reader = new DarwinPortReader(native, { glance: () => undefined, invalidate: () => undefined });
      reader.watch(new Set([PORT]));
      await reader.update(NO_CHANGE);
      return reader.view(PORT);
    },
    says: (reason) => ({ listeners: [], unknown: { syscall: 'proc_pidfdinfo', code: reason } }),
  },
};

const WINDOWS: Rows<WindowsCalls> = {
  lookAt: {
    above: async ({ native }) => {
      const reader = new WindowsLockReader(NO_PROCESSES, { native, look: () => 'free' });
      reader.watch(WINDOWS_FILE, fileFacts(WINDOWS_FILE));
      await reader.update(NO_CHANGE);
      return reader.view(WINDOWS_FILE);
    },
    says: () => unseen,
  },
  usersOf: {
    above: async ({ native }) => (await windowsUsers(native))?.ofPath(WINDOWS_FILE, false, OPTIONS),
    says: (reason) => ({ problem: reason }),
  },
  processes: {
    above: async ({ native, pid }) => {
      // Command lines, by PowerShell, are never due.
      const list = await new WindowsProcessListing(native, () => NaN).list();
      return list.some((one) => one.pid === pid && one.fileTime === undefined);
    },
    says: () => true,
  },
  pin: {
    above: async ({ native, pid }) => windowsProcesses(native).open(pid)?.signal('SIGKILL'),
    says: (_, pid) => showsCommand(`taskkill /F /PID ${pid}`),
  },
  end: {
    above: async ({ native, pid }) => windowsProcesses(native).open(pid)?.signal('SIGKILL'),
    says: (_, pid) => showsCommand(`taskkill /F /PID ${pid}`),
  },
  requestEnd: {
    above: async ({ native, pid }) => windowsProcesses(native).open(pid)?.signal('SIGTERM'),
    says: (reason) => ({ result: 'lost', why: reason }),
  },
  ended: {
    above: async ({ native, pid }) => {
      const handle = windowsProcesses(native).open(pid);
      await handle?.pin?.();
      return handle?.ended?.();
    },
    says: () => false,
  },
  unpin: {
    above: async ({ native, pid, quiet }) => {
      const handle = windowsProcesses(native).open(pid);
      await handle?.pin?.();
      handle?.close();
      await quiet();
      return 'closed';
    },
    says: () => 'closed',
  },
  listeners: {
    above: ({ native }) => windowsListeners(native, PORT),
    says: (reason) => ({
      ...{ sockets: [], processes: [], hidden: 0 },
      problem: { syscall: 'GetExtendedTcpTable', code: reason },
    }),
  },
};

describe.skipIf(why !== undefined)(
  `trouble in mid-question${why === undefined ? '' : ` (skipped: ${why})`}`,
  () => {
    let folder: string;
    let stage: Stage;
    let pid: number;
    let file: string;
    let darwin: DarwinWorld;
    let windows: WindowsWorld;
    let programs: StandInHelpers;
    const closing: (() => Promise<void>)[] = [];
    beforeAll(async () => {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), 'instance-monitor-trouble-'));
      programs = new StandInHelpers(folder);
      stage = Stage.open();
      ({ pid } = await stage.start('bystander', []));
      file = stage.file('bot.lock', 'x');
      darwin = new DarwinWorld();
      darwin.tell(pid);
      darwin.opens(pid, 3, file, { flags: 0x4003 });
      darwin.lock(file, -1);
      darwin.listens(pid, 9, PORT);
      windows = new WindowsWorld();
      windows.script.tell(pid, 5n, 4, 'node.exe', 'C:\\node.exe', 'C:\\node.exe bot.js', 0);
      windows.script.own_process(pid);
      windows.script.attach(pid, 1);
      windows.script.set_file(WINDOWS_FILE, 5, 0, 32, 0, 0);
      windows.script.use_file(WINDOWS_FILE, 0, pid);
      windows.script.listen_on(pid, PORT, 0);
    });
    afterEach(async () => {
      await Promise.all(closing.splice(0).map((close) => close()));
    });
    afterAll(async () => {
      await stage.close();
      darwin.close();
      windows.close();
      fs.rmSync(folder, { recursive: true, force: true });
    });

    /** Asks of one helper process, with trouble in this kind of question and in no other. */
    class Asking<C extends Calls<C>> {
      readonly logged: string[] = [];
      readonly #helper: NativeHelper<C>;
      readonly #trouble: string;
      readonly #question: keyof C;
      readonly #running = new Set<Promise<unknown>>();
      readonly #died = new Set<number>();

      constructor(world: Pick<StandIn, 'system' | 'library' | 'told'>, question: keyof C) {
        const { program, trouble } = programs.make(world);
        const log = (_: string, text: string): void => void this.logged.push(text);
        this.#helper = new NativeHelper<C>({ program, log }, { deadlineMs: DEADLINE_MS, restsMs: [0] });
        this.#trouble = trouble;
        this.#question = question;
        closing.push(() => this.#helper.close());
      }

      async run(row: Row<C>, kind: Trouble): Promise<unknown> {
        const helper = this.#helper;
        const native: Scene<C>['native'] = {
          ask: (call, ...args) => {
            if (call === this.#question) fs.writeFileSync(this.#trouble, kind);
            const asked = helper.ask(call, ...args);
            const noted = this.#note(asked, call === this.#question ? helper.pid : undefined);
            this.#running.add(noted);
            return asked;
          },
          get pid() {
            return helper.pid;
          },
        };
        const quiet = async (): Promise<unknown> => Promise.all(this.#running);
        const said = await row({ native, pid, folder: stage.folder, file, quiet });
        await quiet();
        return said;
      }

      async #note(asked: Promise<object>, by: number | undefined): Promise<void> {
        const isAnswered = 'answer' in (await asked);
        if (by !== undefined && !isAnswered) this.#died.add(by);
        fs.rmSync(this.#trouble, { force: true });
      }

      /** Returns how many helpers died, once all of them are gone. */
      async dead(): Promise<number> {
        for (const one of this.#died) await until(() => !isRunning(one), `helper ${one} is still there`);
        return this.#died.size;
      }

      async isAnswering(): Promise<boolean> {
        for (;;) {
          const args = [] as unknown as Parameters<C[keyof C & string]>;
          const asked = await this.#helper.ask('processes' as keyof C & string, ...args);
          // One that was killed is not gone at once.
          if ('answer' in asked || !asked.why.includes('stuck')) return 'answer' in asked;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
    }

    const runAll = async <C extends Calls<C>>(
      world: Pick<StandIn, 'system' | 'library' | 'told'>,
      rows: Rows<C>,
    ): Promise<void> => {
      const questions = Object.keys(rows) as (keyof C & string)[];
      const results = questions.map(async (question): Promise<[string, unknown]> => {
        const asking = new Asking<C>(world, question);
        const said: unknown[] = [];
        for (const kind of TROUBLES) {
          const before = await asking.dead();
          said.push(await asking.run(rows[question].above, kind));
          expect(await asking.dead(), `${question}: ${kind}`).toBeGreaterThan(before);
          expect(await asking.isAnswering(), `${question}: ${kind}`).toBe(true);
          expect(asking.logged.join('\n'), question).toContain(SAID[kind]);
        }
        return [question, said];
      });
      expect(Object.fromEntries(await Promise.all(results))).toEqual(
        Object.fromEntries(
          questions.map((question) => [
            question,
            TROUBLES.map((kind) => rows[question].says(SAID[kind], pid)),
          ]),
        ),
      );
      // Nothing was signalled by a helper that died before it.
      expect(isRunning(pid)).toBe(true);
    };

    it('of macOS: what is not known is said, and the next helper answers', async () => {
      const { library, told } = darwin;
      await runAll({ system: 'darwin', library, told }, DARWIN);
    });

    it('of Windows: what is not known is said, and the next helper answers', async () => {
      const { library, told } = windows;
      await runAll({ system: 'win32', library, told }, WINDOWS);
    });
  },
);
