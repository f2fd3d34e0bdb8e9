/**
 * Every finding on macOS and on Windows, by scripted worlds behind stand-ins for their libraries: real files, real
 * processes of this system under other names, and what the view then says. Where a finding cannot occur, why.
 */
import * as fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FindingKind } from '../../src/api';
import { CONFLICT_PATTERNS } from '../../src/model/conflictPatterns';
import type { Service } from '../../src/model/service';
import { FactsObserver } from '../../src/os/observer/factsObserver';
import { whyNoCompiler } from '../fixtures/compile';
import { DarwinWorld } from '../fixtures/darwinWorld';
import { Seen, service } from '../fixtures/observe';
import { Stage } from '../fixtures/stage';
import {
  toldDarwin,
  toldWindows,
  type Process,
  type SystemName,
  type ToldSystem,
} from '../fixtures/toldSystems';
import { WindowsWorld } from '../fixtures/windowsWorld';

const why = process.platform === 'linux' ? whyNoCompiler() : 'the stand-in is made on Linux';

interface Scene {
  told: ToldSystem;
  stage: Stage;
  lock: string;
  /** Gives a real process that name in the system under test. */
  start: (process?: Process) => number;
  /** The pid of one that has ended. */
  gone: number;
}

interface Row {
  scene: (scene: Scene) => Partial<Service>;
  /** Happens after the first check. */
  then?: (scene: Scene) => void;
  never?: Partial<Record<SystemName, string>>;
}

const NAMED = { kind: 'substring', text: 'bot.py' } as const;

const ROWS: Record<FindingKind, Row> = {
  duplicateInstances: {
    scene({ told, lock, stage, start }) {
      const argv = ['python3', `${stage.folder}/bot.py`];
      told.locks(lock, [start({ argv })]);
      start({ argv });
      return { lockFiles: [lock], process: NAMED };
    },
  },
  possibleDuplicates: {
    scene({ told, lock, stage, start }) {
      const argv = ['python3', `${stage.folder}/bot.py`];
      told.locks(lock, [start({ argv })]);
      start({ argv });
      return { lockFiles: [lock] };
    },
    // By then their folders are known.
    then: () => undefined,
    never: { win32: 'a working folder is known to its own process only' },
  },
  splitBrain: {
    scene({ told, lock, start }) {
      told.locks(lock, [start()]);
      return { lockFiles: [lock] };
    },
    then({ lock }) {
      fs.rmSync(lock);
      fs.writeFileSync(lock, '');
    },
    never: {
      darwin: 'deleted inodes are not seen there',
      win32: 'a file that a process has open there is not replaced beside it',
    },
  },
  portConflict: {
    scene({ told, lock, start }) {
      told.locks(lock, [start()]);
      told.listens(start({ argv: ['node', 'server.js'] }), 3000);
      return { lockFiles: [lock], process: NAMED, ports: [3000] };
    },
    never: { win32: 'the ports of services are not watched there' },
  },
  conflictInLog: {
    scene({ told, lock, stage, start }) {
      told.locks(lock, [start()]);
      const path = stage.file('bot.log', '');
      return { lockFiles: [lock], log: { path, patterns: CONFLICT_PATTERNS.telegram } };
    },
    then({ stage }) {
      const line = `${new Date().toISOString()} ERROR Conflict: terminated by other getUpdates request\n`;
      fs.appendFileSync(stage.path('bot.log'), line);
    },
  },
  startingInstance: {
    scene({ told, lock, stage, start }) {
      const argv = ['python3', `${stage.folder}/bot.py`];
      told.locks(lock, [start({ argv })]);
      start({ argv, startedAgo: 0 });
      return { lockFiles: [lock], process: NAMED };
    },
  },
  stalePidDead: {
    scene({ stage, gone }) {
      return { pidFiles: [stage.file('bot.pid', String(gone))] };
    },
  },
  stalePidReused: {
    scene({ stage, start }) {
      const record = stage.file('bot.pid', String(start({ argv: ['node', 'other.js'], startedAgo: 60 })));
      const before = Date.now() / 1000 - 3600;
      fs.utimesSync(record, before, before);
      return { pidFiles: [record] };
    },
  },
  leftOver: {
    scene({ stage, start }) {
      start();
      return { lockFiles: [stage.file('.git/index.lock', '')], existence: true };
    },
    never: {
      darwin: 'who may hold a lock of git is found out on Linux only',
      win32: 'who may hold a lock of git is found out on Linux only',
    },
  },
  holderUnknown: {
    scene({ told, lock, start }) {
      told.locksUnknown(lock, [start(), start({ argv: ['node', 'other.js'] })]);
      return { lockFiles: [lock] };
    },
  },
  recordUnverifiable: {
    scene({ stage, start }) {
      const pid = start();
      return { pidFiles: [stage.file('bot.pid', JSON.stringify({ pid, hostname: 'elsewhere' }))] };
    },
  },
  recordMissing: {
    scene({ told, lock, stage, start }) {
      told.locks(lock, [start()]);
      return { lockFiles: [lock], pidFiles: [stage.file('bot.pid', '')], process: NAMED };
    },
  },
  pidMismatch: {
    scene({ told, lock, start }) {
      const [holder, named] = [start(), start({ argv: ['python3', 'bot.py'] })];
      fs.writeFileSync(lock, String(named));
      told.locks(lock, [holder]);
      return { lockFiles: [lock], pidFiles: [lock], process: NAMED };
    },
  },
  inheritedLock: {
    scene({ told, lock, start, gone }) {
      fs.writeFileSync(lock, String(gone));
      told.locks(lock, [start({ group: gone })]);
      return { lockFiles: [lock], pidFiles: [lock] };
    },
    never: { win32: 'nothing there ties a process to one that has ended' },
  },
  stoppedHolder: {
    scene({ told, lock, start }) {
      told.locks(lock, [start({ isStopped: true })]);
      return { lockFiles: [lock] };
    },
    never: { win32: 'no call says that a process is stopped' },
  },
  waiters: {
    scene({ told, lock, start }) {
      const [holder, waiter] = [start(), start()];
      told.locks(lock, [holder, waiter]);
      return { lockFiles: [lock] };
    },
    never: {
      darwin: 'no call says who waits for a lock',
      win32: 'no call says who waits for a lock',
    },
  },
  filesLeftOut: {
    scene({ stage, start }) {
      start();
      const folder = stage.subfolder('many');
      for (let index = 0; index <= 2000; index += 1) fs.writeFileSync(`${folder}/${index}.pid`, '');
      return { pidFiles: [`${folder}/*.pid`] };
    },
  },
};

describe.skipIf(why !== undefined)(`findings${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let darwin: DarwinWorld;
  let windows: WindowsWorld;
  /** Real processes, which every row gives other names to; and the largest number that Linux gives. */
  let stage: Stage;
  let actors: number[];
  const gone = 4_194_303;
  beforeAll(async () => {
    darwin = new DarwinWorld();
    windows = new WindowsWorld();
    stage = Stage.open();
    const real = async (): Promise<number> => (await stage.start('bystander', [])).pid;
    actors = [await real(), await real()];
  });
  afterAll(async () => {
    await stage.close();
    darwin.close();
    windows.close();
  });

  const kindsOf = async (told: ToldSystem, { scene, then }: Row): Promise<string[]> => {
    const own = Stage.open();
    const left = [...actors];
    const set: Scene = {
      ...{ told, stage: own, gone, lock: own.file('bot.lock', '') },
      start(process = {}) {
        const pid = left.shift();
        if (pid === undefined) throw new Error('there are no more');
        told.process(pid, process, own.folder);
        return pid;
      },
    };
    told.reset();
    const seen = new Seen(new FactsObserver(told.readers(), undefined));
    try {
      seen.observer.configure([service('bot', scene(set))], { probe: undefined, probePolicy: 'auto' });
      await seen.tick();
      if (then !== undefined) {
        then(set);
        await seen.tick();
      }
      return seen.of('bot').findings.map(({ kind }) => kind);
    } finally {
      seen.observer.close();
      await own.close();
    }
  };

  it.each(Object.entries(ROWS))('%s', async (kind, row) => {
    const worlds = { darwin: toldDarwin(darwin), win32: toldWindows(windows) };
    for (const system of ['darwin', 'win32'] as const) {
      const kinds = await kindsOf(worlds[system], row);
      if (row.never?.[system] === undefined) expect(kinds, system).toContain(kind);
      else expect(kinds, `${system}: ${row.never[system]}`).not.toContain(kind);
    }
  });
});
