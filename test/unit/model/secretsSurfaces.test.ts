/** Every place where arguments, records or log lines become text, with the whole corpus of leaking command lines. */
import { drain } from '../../../src/common/steps';
import { describe, expect, it } from 'vitest';
import { Actions } from '../../../src/actions/index';
import { forLog } from '../../../src/actions/cleanUp/forLog';
import { candidatesOf, plannedFor } from '../../../src/actions/terminate/candidates';
import type { TerminationTarget } from '../../../src/actions/terminate/plan';
import { anotherUsers } from '../../../src/actions/terminate/refusal';
import { describeRespawn, ProcessesBefore } from '../../../src/actions/terminate/respawn';
import { goneSentence, nameOf, stillRunningSentence } from '../../../src/actions/terminate/sentences';
import type { ServiceSnapshot, Snapshot } from '../../../src/api';
import { diagnose } from '../../../src/model/diagnose';
import type { LockFacts, LockFileFacts, ProcessFacts, ServiceFacts } from '../../../src/model/facts';
import { knownOf, transitions } from '../../../src/model/history';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import { commandLine, withoutArguments } from '../../../src/model/processes/process';
import { programLine } from '../../../src/model/processes/programLine';
import { createPlatform } from '../../../src/os/index';
import type { HeldLock } from '../../../src/os/platform';
import { unwatched, watched } from '../../../src/ui/languageModelAnswer';
import { conflictSentence } from '../../../src/ui/text/words/conflict';
import { evidenceDocument, report } from '../../../src/ui/text/pages/evidence';
import { heldRowSteps } from '../../../src/ui/text/rows/heldGroups';
import { heldRow, heldTooltip } from '../../../src/ui/text/rows/heldRows';
import { historyPage } from '../../../src/ui/text/pages/historyPage';
import { serviceRow, type Row } from '../../../src/ui/text/rows/rows';
import {
  candidateDetail,
  candidateLabel,
  confirmationDetail,
} from '../../../src/ui/text/dialogs/terminationText';
import { tooltip } from '../../../src/ui/text/pages/tooltip';
import { alive, facts, holder, lock, lockFile, NOW, pidFile, port, proc } from './build';
import { innocent } from './innocentCorpus';
import { leaks, type Leak } from './secretsCorpus';
import { survivors } from './secretsSurvivors';

interface World {
  given: ServiceFacts;
  snapshot: ServiceSnapshot;
  processes: ProcessFacts[];
  lock: LockFacts;
}

/**
 * Two instances, a waiter, an heir of the lock, a listener on its port, a record and a conflict in the log; all of them were
 * started with the arguments. Pids beyond what Linux gives out: none of them is a process of this machine.
 */
function world(argv: readonly string[]): World {
  const [owner, rival, waiter, heir] = [5_000_001, 5_000_002, 5_000_003, 5_000_004].map((pid, index) =>
    proc(pid, argv, { startedAgo: 4000 - index * 1000, ...(pid === 5_000_004 ? { ppid: 5_000_001 } : {}) }),
  ) as [ProcessFacts, ProcessFacts, ProcessFacts, ProcessFacts];
  const listener = proc(5_000_005, argv, { startedAgo: 5000, cwd: '/home/ann/web' });
  const processes = [owner, rival, waiter, heir, listener];
  const held = lock([holder(owner), holder(heir, { inherited: true })], { waiters: [waiter] });
  const given = facts({
    processes,
    matched: [owner.pid, rival.pid],
    lockFiles: [lockFile([held])],
    pidFiles: [pidFile(`${rival.pid}\n`, alive(rival))],
    ports: [port([listener])],
    log: { path: '/home/ann/bot/bot.log', lines: [{ text: `Conflict: ${argv.join(' ')}`, seenAt: NOW }] },
  });
  return { given, snapshot: diagnose(given), processes, lock: held };
}

/** All texts in it, at any depth. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

const askedFile = ({ lock }: World): LockFileFacts => ({
  file: { path: '/x', status: 'file' },
  locks: [lock],
  certainty: 'certain',
});

const heldLock = ({ lock: { kind, access, holders, waiters } }: World): HeldLock => ({
  id: 'x',
  kind,
  access,
  path: '/home/ann/bot/bot.lock',
  deletedInode: false,
  holders,
  waiters: waiters.map(({ pid }) => pid),
});

const rowsOf = (row: Row): Row[] => [row, ...row.children.flatMap(rowsOf)];
const asRow = { now: NOW, shorten: (path: string) => path };

function termination({ given, snapshot }: World): string[] {
  const inspected = { facts: given, snapshot };
  const targets: TerminationTarget[] = [{ kind: 'duplicates' }, { kind: 'holder', pid: 5_000_001 }];
  return targets.flatMap((target) => {
    const candidates = candidatesOf(inspected, plannedFor(inspected, target), target, new Set());
    expect(candidates.length).toBeGreaterThan(0);
    return [
      ...textsIn(candidates),
      confirmationDetail(candidates),
      ...candidates.flatMap((candidate) => [
        nameOf(candidate),
        candidateLabel(candidate),
        candidateDetail(candidate),
        goneSentence(candidate, [], 'ended', {
          state: 'kept',
          path: '/x',
          by: [...given.processes.values()],
        }),
        stillRunningSentence(
          candidate.processes.map(({ pid, command }) => ({
            pid,
            command,
            parent: undefined,
            facts: given.processes.get(pid),
            handle: {
              pid,
              read: () => undefined,
              signal: () => ({ result: 'gone' }),
              close: () => undefined,
            },
          })),
          'ignored',
          3,
        ),
      ]),
    ];
  });
}

async function planLog({ given, snapshot }: World): Promise<string[]> {
  const log: string[] = [];
  const actions = new Actions({
    inspect: () => Promise.resolve({ facts: given, snapshot }),
    platform: createPlatform(),
    now: () => performance.now(),
    peer: {
      onActionLog: (text) => log.push(text),
      onActionProgress: () => undefined,
      onActionEnded: () => undefined,
      askForce: () => Promise.resolve(false),
      onRecovery: () => undefined,
    },
    cleanUpFolder: '/nowhere', // only plans are made
  });
  const plans = [
    await actions.planTermination('x', { kind: 'duplicates' }),
    await actions.planTermination('x', { kind: 'holder', pid: 5_000_001 }),
    await actions.planTermination('x', { kind: 'holder', pid: 5_000_003 }),
  ];
  const cleanUp = await actions.planCleanUp(['x']);
  for (const { id } of plans) actions.cancelTermination(id);
  expect(log.length).toBeGreaterThan(3);
  return [...log, ...textsIn(plans), ...textsIn(cleanUp)];
}

const taken: Snapshot = { takenAt: NOW, durationMs: 1, services: [], lockSource: 'procfs' };

const SURFACES: Readonly<Record<string, (world: World, leak: Leak) => string[] | Promise<string[]>>> = {
  'a command line': ({ processes }) => processes.map(commandLine),
  'the snapshot, which other extensions get': ({ snapshot }) => textsIn(snapshot),
  'the file of an export': ({ snapshot }) => [JSON.stringify({ snapshot }, null, 2)],
  'rows of the Services view': ({ snapshot }) =>
    rowsOf(serviceRow(snapshot, asRow)).flatMap(({ label, description, spoken, detail }) => [
      label,
      description,
      spoken,
      detail,
    ]),
  'tooltips of the Services view': ({ snapshot }) =>
    rowsOf(serviceRow(snapshot, asRow)).map(({ subject }) => tooltip(subject)),
  'rows and tooltips of held locks': (made) => {
    const context = { ...asRow, watched: () => false };
    const lock = heldLock(made);
    const single = heldRow({ lock, holders: lock.holders }, lock.id, 'processFirst', context);
    const group = drain(
      heldRowSteps([lock, { ...lock, id: '2' }], { grouping: 'process', order: 'file' }, context),
    );
    return [single, ...group].flatMap((row) => [
      ...textsIn({ ...row, locks: [], process: '', path: '' }),
      heldTooltip(row),
    ]);
  },
  'the evidence document': ({ given, snapshot }) => [
    evidenceDocument({ service: snapshot, history: [], facts: given, advice: [] }),
  ],
  'the report': ({ snapshot }) => [report([snapshot], NOW)],
  'a notification': ({ snapshot }) => [conflictSentence(snapshot)],
  'the history': ({ snapshot }) => {
    const free = { ...snapshot, lockFiles: [], findings: [] };
    const events = [
      ...transitions(undefined, snapshot, NOW),
      ...transitions(knownOf(snapshot), { ...free, state: 'free' }, NOW),
    ];
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['held', 'released', 'conflict']));
    return [
      ...textsIn(events),
      ...textsIn(knownOf(snapshot)),
      drain(historyPage({ histories: [{ name: 'bot', events }], total: events.length })),
    ];
  },
  'the dialogs and sentences of a termination': termination,
  'what is told of a respawn': ({ given, processes: [first, ...others] }) =>
    others.flatMap((process) => [
      ...textsIn(describeRespawn(process, given, new ProcessesBefore(), 100)),
      anotherUsers(process, first ?? process, given.host),
    ]),
  'the log of the actions': planLog,
  'a record': (_, { argv }) =>
    [
      { pid: 4242, argv },
      { pid: 4242, command: argv.join(' ') },
      { pid: 4242, cmdline: argv.join(' ') },
    ].flatMap((record) => textsIn(parsePidRecord({ fileName: 'bot.json', content: JSON.stringify(record) }))),
  'a record in the log of the clean-up': (_, { argv }) =>
    [
      JSON.stringify({ pid: 4242, argv }),
      JSON.stringify({ pid: 4242, nested: { command: argv.join(' ') } }),
      `4242\n${argv.join(' ')}\n`,
    ].map((text) => forLog({ kind: 'file', content: Buffer.from(text) })),
  'the answer to a language model': (made) =>
    [true, false].flatMap((includeArguments) => [
      ...textsIn(watched(taken, [{ facts: made.given, snapshot: made.snapshot }], { includeArguments })),
      ...textsIn(unwatched(taken, askedFile(made), { includeArguments })),
    ]),
};

describe('no secret of the corpus is in', () => {
  const worlds = leaks.map((leak) => ({ leak, made: world(leak.argv) }));

  it('a world in which everything happens', () => {
    expect(worlds.length).toBeGreaterThan(150);
    const kinds = new Set(worlds.flatMap(({ made }) => made.snapshot.findings.map(({ kind }) => kind)));
    expect([...kinds]).toEqual(expect.arrayContaining(['duplicateInstances', 'conflictInLog', 'waiters']));
  });

  for (const [surface, textsOf] of Object.entries(SURFACES)) {
    it(surface, async () => {
      let characters = 0;
      for (const { leak, made } of worlds) {
        const texts = await textsOf(made, leak);
        characters += texts.join('').length;
        const through = texts.filter((text) => survivors(text, leak.secrets).length > 0);
        expect(through).toEqual([]);
      }
      expect(characters).toBeGreaterThan(worlds.length);
    });
  }
});

describe('what a language model is told without asking for arguments', () => {
  it('has no argument of any process, in no sentence and no evidence', () => {
    const argument = 'zq-an-argument';
    const made = world(['/usr/bin/python3', '/home/ann/bot/bot.py', argument, `--name=${argument}`]);
    const answers = (includeArguments: boolean): string =>
      textsIn([
        watched(taken, [{ facts: made.given, snapshot: made.snapshot }], { includeArguments }),
        unwatched(taken, askedFile(made), { includeArguments }),
      ])
        .filter((text) => !text.startsWith('Seen '))
        .join('\n');
    expect(answers(false)).toContain('python3 bot.py');
    expect(answers(false)).toContain('5000001 (python3 bot.py)');
    expect(answers(false)).not.toContain(argument);
    expect(answers(true)).toContain(argument);
  });

  it('is the same diagnosis otherwise', () => {
    const made = world(['python3', 'bot.py', '--queue', 'a']);
    const [told] = (
      watched(taken, [{ facts: made.given, snapshot: made.snapshot }], {}) as { services: ServiceSnapshot[] }
    ).services;
    expect(told?.state).toBe(made.snapshot.state);
    expect(told?.findings.map(({ kind }) => kind)).toEqual(made.snapshot.findings.map(({ kind }) => kind));
    expect(told?.instances.map(({ role, proof, counted }) => [role, proof, counted])).toEqual(
      made.snapshot.instances.map(({ role, proof, counted }) => [role, proof, counted]),
    );
  });
});

describe('program and script', () => {
  it.each([
    [['/usr/bin/python3', '/home/ann/bot/bot.py', '--token', 'x'], 'python3 bot.py'],
    [['python3.11', '-m', 'app.worker', 'x'], 'python3.11 -m app.worker'],
    [['python3', '-c', 'print(1)'], 'python3'],
    [['python3'], 'python3'],
    [['node', '--require', 'tsx', 'dist/server.js', '80'], 'node server.js'],
    [['java', '-jar', '/srv/app.jar', 'x'], 'java app.jar'],
    [['/bin/sh', '-c', 'bot --token x'], 'sh'],
    [['bash', '/srv/run.sh', 'x'], 'bash run.sh'],
    [['-bash'], 'bash'],
    [['/usr/sbin/nginx', '-g', 'daemon off;'], 'nginx'],
    [['nginx: master process /usr/sbin/nginx -c x'], 'nginx'],
    [['npm run bot --token x'], 'npm'],
    [['C:\\bin\\bot.exe', '--x'], 'bot.exe'],
    [['php', '-d', 'token=hunter2', 'x.php'], 'php x.php'],
    [['perl', '-ne', 'print if /hunter 2/', 'a'], 'perl'],
    [['TOKEN=hunter2'], '[?]'],
  ])('of %j are %s', (argv, line) => {
    expect(programLine({ pid: 1, comm: '', argv })).toBe(line);
  });

  it('of a process without arguments are its name', () => {
    expect(programLine({ pid: 2, comm: 'kthreadd', argv: [] })).toBe('[kthreadd]');
    expect(programLine({ pid: 2, comm: '', argv: [] })).toBe('[?]');
  });

  it('of a title that is a path come from the executable', () => {
    const argv = ['/opt/My App/bot --token hunter2'];
    expect(programLine({ pid: 2, comm: 'bot', argv })).toBe('bot');
    expect(programLine({ pid: 2, comm: 'bot', argv, exe: '/opt/My App/bot-main' })).toBe('bot-main');
  });

  it('never have an option, an assignment or a folder', () => {
    for (const argv of [...innocent, ...leaks.map((leak) => leak.argv)]) {
      expect(programLine(proc(1, argv))).toMatch(/^[\w@.+~[\]:-]+(?: -m [\w.]+| [\w@.+-]+)?$/);
      expect(programLine(proc(1, argv))).not.toMatch(/[=/]| --/);
    }
  });

  it('are written instead of command lines only while somebody may not see those', () => {
    const bot = proc(1, ['python3', 'bot.py', '--x']);
    expect(commandLine(bot)).toBe('python3 bot.py --x');
    expect(withoutArguments(() => commandLine(bot))).toBe('python3 bot.py');
    expect(() =>
      withoutArguments(() => {
        throw new Error('x');
      }),
    ).toThrow('x');
    expect(commandLine(bot)).toBe('python3 bot.py --x');
  });
});

describe('a very long command line', () => {
  it('is not read further than it can be shown', () => {
    let read = 0;
    const argv = new Proxy(
      Array.from({ length: 100_000 }, (_, index) => `--name-${index}=x`),
      {
        get: (target, key) => {
          if (/^\d+$/.test(String(key))) read += 1;
          return Reflect.get(target, key) as unknown;
        },
      },
    );
    expect(commandLine({ pid: 1, comm: 'bot', argv })).toHaveLength(2048);
    expect(read).toBeLessThan(10_000);
    expect(commandLine({ pid: 1, comm: 'bot', argv: ['bot', 'x '.repeat(1_000_000)] })).toHaveLength(2048);
  });
});
