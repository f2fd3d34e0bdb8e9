/** Which records a clean-up offers: what was judged and what lies there must be the same, to the byte. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { judge, keptNow, objectionNow } from '../../../src/actions/cleanUp/judge';
import { keptByFolder, keptByOwnFolder } from '../../../src/actions/cleanUp/lockDirectory';
import type { CleanUpItem } from '../../../src/actions/cleanUp/plan';
import { writtenAt, type StaleRecord } from '../../../src/actions/cleanUp/records';
import { removalSentence, restoreSentence } from '../../../src/actions/cleanUp/sentences';
import { staleRecords } from '../../../src/actions/cleanUp/stale';
import { Inspections } from '../../../src/actions/inspections';
import { diagnose } from '../../../src/model/diagnose';
import { writeLine } from '../../../src/model/evidenceLine';
import { localTime } from '../../../src/model/text';
import { isProblem, readGeneration } from '../../../src/os/recordGeneration';
import type { RemovalResult } from '../../../src/os/removal/results';
import {
  alive,
  BOOT,
  facts,
  file,
  gone,
  lock,
  lockFile,
  NOW,
  pidFile,
  proc,
  without,
  type Given,
} from '../model/build';

let folder = '';
let record = '';
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'clean-up-judge-'));
  record = path.join(folder, 'bot.pid');
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const stranger = proc(4242, 'vim notes.txt', { startedAgo: 60, cwd: '/' });
const inspected = (given: Given) => {
  const seen = facts(given);
  return { facts: seen, snapshot: diagnose(seen) };
};
const at = (where: string, more: Parameters<typeof file>[1] = {}) => ({ file: file(where, more) });
const dead = (where = record): Given => ({ pidFiles: [pidFile('4242', gone, at(where))] });
const byClock = (): Given => ({
  processes: [stranger],
  pidFiles: [pidFile('4242', alive(stranger), at(record))],
});

/** `looks`: what each service shows; `onLook` runs before each look. */
async function judged(
  looks: Record<string, Given | undefined>,
  onLook: (count: number) => void = () => undefined,
  ids = Object.keys(looks),
) {
  let count = 0;
  const inspections = new Inspections((id) => {
    onLook((count += 1));
    const given = looks[id];
    return Promise.resolve(
      given === undefined ? undefined : inspected({ service: { id, name: id }, ...given }),
    );
  });
  const found = await judge({ inspections }, ids);
  return { ...found, looks: count, reasons: found.refused.map(({ reason }) => reason) };
}

describe('what is offered', () => {
  test('is the very generation that was judged, with all that is known of it', async () => {
    fs.writeFileSync(record, '4242');
    const found = await judged({ bot: dead() });
    expect(found).toEqual({
      judged: [
        {
          item: {
            id: `bot\0${record}`,
            serviceId: 'bot',
            serviceName: 'bot',
            path: record,
            kind: 'file',
            recordedPid: 4242,
            verdict: 'dead',
            why: `${record} names pid 4242, which is gone.`,
            evidence: expect.arrayContaining([
              { fact: `Last written ${localTime(NOW - 3_600_000)}.` },
              {
                fact: 'No lock on it or its service is held, and no instance of the service is known to run.',
              },
              {
                fact: 'Undo writes a new file with the same content, mode, owner and time. It does not restore an access list (ACL), extended attributes or a security label.',
              },
            ]) as { fact: string }[],
            proof: 'proven',
            preselected: true,
          },
          generation: readGeneration(record),
          seenAs: [expect.objectContaining({ serviceId: 'bot', path: record })],
          alsoAt: [],
        },
      ],
      refused: [],
      reasons: [],
      looks: 2,
    });
    expect(found.judged[0]?.item.evidence.map(writeLine).join(' ')).not.toContain('another user');
  });

  test('is nothing of a service that is not watched, or has nothing', async () => {
    expect(await judged({ bot: undefined })).toMatchObject({ judged: [], refused: [], looks: 1 });
    expect(await judged({ bot: {} })).toMatchObject({ judged: [], refused: [], looks: 1 });
  });

  test('is ticked only where it is proven, and with the weaker proof of two services', async () => {
    fs.writeFileSync(record, '4242');
    const of = async (looks: Record<string, Given>) =>
      (await judged(looks)).judged.map(({ item, seenAs }) => [
        item.serviceId,
        item.proof,
        item.preselected,
        seenAs.map(({ serviceId }) => serviceId),
      ]);
    expect(await of({ a: byClock() })).toEqual([['a', 'plausible', false, ['a']]]);
    expect(await of({ a: dead(), b: byClock() })).toEqual([['b', 'plausible', false, ['a', 'b']]]);
    expect(await of({ a: byClock(), b: dead() })).toEqual([['a', 'plausible', false, ['a', 'b']]]);
    expect(await of({ a: dead(), b: dead() })).toEqual([['a', 'proven', true, ['a', 'b']]]);
  });

  test('is nothing that has a second name, which a restored file would not share', async () => {
    fs.writeFileSync(record, '4242');
    const second = path.join(folder, 'second.pid');
    fs.linkSync(record, second);
    try {
      expect(await judged({ bot: dead() })).toMatchObject({
        judged: [],
        reasons: [
          'It has 2 names (hard links), which a restored file would no longer share; remove it by hand.',
        ],
      });
    } finally {
      fs.rmSync(second);
    }
    expect((await judged({ bot: dead() })).reasons).toEqual([]);
  });

  test('is nothing that another service objects to', async () => {
    fs.writeFileSync(record, '4242');
    const held = { ...dead(), lockFiles: [lockFile([lock([])])] };
    for (const looks of [
      { a: dead(), b: held },
      { b: held, a: dead() },
    ]) {
      const found = await judged(looks);
      expect(found.judged).toEqual([]);
      expect(found.refused).toEqual([
        {
          serviceId: 'b',
          serviceName: 'b',
          path: record,
          reason:
            'The lock on /home/ann/bot/bot.lock is held; nothing is removed from under a running service.',
        },
      ]);
    }
  });
});

describe('one file by two paths', () => {
  const alias = () => path.join(folder, 'alias', 'bot.pid');
  /** As the facts number the file that is there. */
  const real = (where: string): { file: ReturnType<typeof file> } => {
    const { dev, ino } = fs.statSync(record);
    return at(where, { id: { dev: String(dev), ino: String(ino) } });
  };
  const stale = (where: string): Given => ({ pidFiles: [pidFile('4242', gone, real(where))] });
  const seen = async (looks: Record<string, Given>, ids?: string[]) => {
    const found = await judged(looks, undefined, ids);
    return { offered: found.judged.map(({ item }) => item.id.replace('\0', ' ')), reasons: found.reasons };
  };
  beforeAll(() => fs.symlinkSync('.', path.join(folder, 'alias')));
  beforeEach(() => fs.writeFileSync(record, '4242'));

  test('is offered once', async () => {
    expect(await seen({ a: stale(record), b: stale(alias()) })).toEqual({
      offered: [`a ${record}`],
      reasons: [],
    });
    const clock: Given = { ...byClock(), pidFiles: [pidFile('4242', alive(stranger), real(alias()))] };
    const both = await judged({ a: stale(record), b: clock });
    expect(both.judged).toMatchObject([{ item: { path: record, proof: 'plausible', preselected: false } }]);
  });

  test.each<[string, (where: string) => Given]>([
    ['holds a lock', (where) => ({ ...stale(where), lockFiles: [lockFile([lock([])])] })],
    [
      'cannot verify it',
      (where) => ({ pidFiles: [pidFile('{"pid":4242,"host":"other"}', gone, real(where))] }),
    ],
    [
      'has it as a lock file, and runs',
      (where) => ({
        processes: [proc(100, 'python3 bot.py')],
        lockFiles: [lockFile([], real(where)), lockFile([lock([proc(100, 'python3 bot.py')])])],
        pidFiles: [],
      }),
    ],
  ])('is not offered where one of the services %s, in any order', async (_, objecting) => {
    for (const [one, other] of [
      [record, alias()],
      [alias(), record],
    ] as const) {
      for (const looks of [
        { a: stale(one), b: objecting(other) },
        { b: objecting(other), a: stale(one) },
      ] as Record<string, Given>[]) {
        const found = await seen(looks);
        expect(found.offered).toEqual([]);
        expect(found.reasons).toHaveLength(1);
      }
    }
  });

  test('has the objections of services that were not asked for, and offers nothing of theirs', async () => {
    const other = path.join(folder, 'b.pid');
    fs.writeFileSync(other, '4242');
    const shares: Given = { ...stale(record), sharedWith: ['b'] };
    const held = { ...stale(alias()), lockFiles: [lockFile([lock([])])] };
    expect(await seen({ a: shares, b: held }, ['a'])).toMatchObject({
      offered: [],
      reasons: [expect.stringContaining('is held')],
    });
    const free = { pidFiles: [...(stale(alias()).pidFiles ?? []), ...(dead(other).pidFiles ?? [])] };
    expect(await seen({ a: shares, b: free }, ['a'])).toEqual({ offered: [`a ${record}`], reasons: [] });
    // What it keeps of its own is no answer to a question about another file.
    const unsure = pidFile('{"pid":4242,"host":"other"}', gone, at(other));
    const keeps = { pidFiles: [...(stale(alias()).pidFiles ?? []), unsure] };
    expect(await seen({ a: shares, b: keeps }, ['a'])).toEqual({ offered: [`a ${record}`], reasons: [] });
  });

  test('asks each service twice at most, and none for what only another one shares with it', async () => {
    const a: Given = { ...stale(record), sharedWith: ['b'] };
    const both = await judged({ a, b: { ...stale(alias()), sharedWith: ['a'] } });
    expect([both.looks, both.judged.length]).toEqual([4, 1]);
    const chain = { a, b: { ...stale(alias()), sharedWith: ['c'] }, c: stale(record) };
    expect((await judged(chain, undefined, ['a'])).looks).toBe(4);
  });

  test('has the weaker proof of a service that was not asked for', async () => {
    const looks = { a: { ...stale(record), sharedWith: ['b'] }, b: { ...byClock(), sharedWith: [] } };
    const clock = { ...looks.b, pidFiles: [pidFile('4242', alive(stranger), real(alias()))] };
    const found = await judged({ ...looks, b: clock }, undefined, ['a']);
    expect(found.judged).toMatchObject([
      {
        item: { serviceId: 'a', path: record, proof: 'plausible', preselected: false },
        seenAs: [{ serviceId: 'a' }, { serviceId: 'b', path: alias() }],
      },
    ]);
  });

  test('has the objection of each service under the path that it has there', async () => {
    const holds = { ...stale(alias()), lockFiles: [lockFile([lock([])])] };
    const found = await judged({ a: stale(record), b: { ...holds, pidFiles: [] }, c: dead(record) });
    expect(found.judged).toMatchObject([{ item: { path: record }, alsoAt: [] }]);
    const objecting: Given = { ...holds, pidFiles: [pidFile('', gone, real(alias()))] };
    expect((await judged({ a: stale(record), b: objecting })).refused).toEqual([
      expect.objectContaining({ serviceId: 'b', serviceName: 'b', path: alias() }),
    ]);
  });

  test('says where the services have it that do not offer it', async () => {
    const other = path.join(folder, 'other.lock');
    fs.writeFileSync(other, '');
    const free: Given = {
      lockFiles: [
        lockFile([], real(alias())),
        lockFile([], at(other)),
        lockFile([], { file: without(file('/absent', { status: 'absent' }), 'id') }),
      ],
    };
    const found = await judged({ a: stale(record), b: free, c: {} });
    expect(found.judged.map(({ alsoAt }) => alsoAt)).toEqual([[{ serviceId: 'b', path: alias() }]]);
  });

  test('is kept where the lock directory of another service has it', async () => {
    const lockFolder = path.join(folder, 'alias');
    const locks: Given = {
      lockFiles: [{ ...lockFile([], at(lockFolder, { status: 'directory' })), existence: true }],
    };
    const found = await judged({ a: dead(alias()), b: locks });
    expect(found.judged).toEqual([]);
    expect(found.refused.filter(({ path: one }) => one !== lockFolder)).toMatchObject([
      {
        serviceId: 'a',
        serviceName: 'a',
        path: alias(),
        reason: expect.stringContaining('lock directory') as string,
      },
    ]);
    expect((await judged({ a: dead(), b: locks })).judged).toHaveLength(1);
  });

  test('is objected to now by what the service keeps of it, or by what the service does', () => {
    const other = path.join(folder, 'other.pid');
    const unsure = (where: string) => pidFile('{"pid":4242,"host":"other"}', gone, at(where));
    const two = inspected({ pidFiles: [unsure(record), pidFile('4242', gone, at(other))] });
    expect(objectionNow(two, record)).toContain('other');
    expect(objectionNow(two, other)).toBeUndefined();
    const holds = inspected({ lockFiles: [lockFile([lock([])])] });
    expect(objectionNow(holds, record)).toContain('is held');
    expect(objectionNow(inspected({}), record)).toBeUndefined();
  });
});

describe('what Undo does not bring back', () => {
  const UNDO =
    'Undo writes a new file with the same content, mode, owner and time. It does not restore an access list (ACL), extended attributes or a security label.';
  /** What is said beside the evidence of the verdict. */
  const beside = async (given: Given): Promise<string[]> => {
    const [only] = (await judged({ bot: given })).judged;
    const verdict = staleRecords(inspected({ ...given, service: { id: 'bot', name: 'bot' } })).stale[0];
    const count = verdict?.evidence.length ?? 0;
    expect(only?.item.evidence.slice(0, count)).toEqual(verdict?.evidence);
    return (only?.item.evidence ?? []).slice(count).map(writeLine);
  };
  const here = (name: string, status: 'file' | 'symlink' | 'directory'): Given => {
    const where = path.join(folder, name);
    return { pidFiles: [pidFile('4242', gone, at(where, { status }))] };
  };

  test('is said of a file alone', async () => {
    fs.writeFileSync(record, '4242');
    fs.symlinkSync('tower-4242', path.join(folder, 'a.lock'));
    fs.mkdirSync(path.join(folder, 'b.lock'));
    expect(await beside(dead())).toEqual([UNDO]);
    expect(await beside(here('a.lock', 'symlink'))).toEqual([]);
    expect(await beside(here('b.lock', 'directory'))).toEqual([]);
  });

  test('is no owner where the system knows no users by number', async () => {
    fs.writeFileSync(record, '4242');
    const own = process.geteuid;
    process.geteuid = undefined as never;
    try {
      expect(await beside(dead())).toEqual([UNDO]);
    } finally {
      process.geteuid = own as never;
    }
  });
});

describe('what changes between the two looks', () => {
  const second = (act: () => void) => (count: number) => {
    if (count === 2) act();
  };

  test('is kept where it is stale at the second alone: its bytes were not read before it', async () => {
    const other = path.join(folder, 'other.pid');
    for (const one of [record, other]) fs.writeFileSync(one, '4242');
    const looks: Record<string, Given> = { bot: dead() };
    const both = [record, other].flatMap((one) => dead(one).pidFiles ?? []);
    const found = await judged(
      looks,
      second(() => (looks['bot'] = { pidFiles: both })),
    );
    expect(found.judged.map(({ item }) => item.path)).toEqual([record]);
    expect(found.refused).toMatchObject([{ path: other, reason: 'It is being written right now.' }]);
  });

  test('is kept where it was not there to be read at the first', async () => {
    fs.rmSync(record, { force: true });
    const found = await judged(
      { bot: dead() },
      second(() => fs.writeFileSync(record, '4242')),
    );
    expect(found).toMatchObject({ judged: [], reasons: ['It is being written right now.'] });
  });

  test('is not offered where it is not stale any more', async () => {
    fs.writeFileSync(record, '4242');
    const looks: Record<string, Given> = { bot: dead() };
    const found = await judged(
      looks,
      second(() => (looks['bot'] = {})),
    );
    expect(found).toMatchObject({ judged: [], refused: [], looks: 2 });
  });

  test('is of a service that is not watched any more', async () => {
    fs.writeFileSync(record, '4242');
    const looks: Record<string, Given | undefined> = { bot: dead() };
    const found = await judged(
      looks,
      second(() => (looks['bot'] = undefined)),
    );
    expect(found).toMatchObject({ judged: [], refused: [], looks: 2 });
  });
});

describe('a lock of git that is left over', () => {
  const MIB = 1024 * 1024;
  const ofSize = async (bytes: number) => {
    const where = path.join(folder, 'repo', '.git', 'index.lock');
    fs.mkdirSync(path.dirname(where), { recursive: true });
    fs.writeFileSync(where, '');
    fs.truncateSync(where, bytes);
    const found = await judged({
      bot: {
        service: { existence: true, lockFiles: [where] },
        lockFiles: [
          lockFile([], { ...at(where), ownerless: { suspects: [], unread: [], quietMs: 180_000 } }),
        ],
      },
    });
    return { offered: found.judged.map(({ item }) => item.verdict), reasons: found.reasons };
  };

  test('is offered whatever a pid record may hold, and kept where Undo could not hold it', async () => {
    expect(await ofSize(2 * MIB)).toEqual({ offered: ['leftOver'], reasons: [] });
    expect(await ofSize(64 * MIB + 1)).toEqual({
      offered: [],
      reasons: ['It is too large to be kept for Undo; remove it by hand.'],
    });
  });
});

describe('what is kept', () => {
  const reasons = async (given: Given, onLook?: (count: number) => void) =>
    (await judged({ bot: given }, onLook)).reasons;

  test('what changes while it is judged', async () => {
    fs.writeFileSync(record, '4242');
    const second = (act: () => void) => (count: number) => {
      if (count === 2) act();
    };
    expect(
      await reasons(
        dead(),
        second(() => fs.writeFileSync(record, '4243')),
      ),
    ).toEqual(['It is being written right now.']);
    expect(
      await reasons(
        dead(),
        second(() => fs.rmSync(record)),
      ),
    ).toEqual(['It has just disappeared.']);
    expect(
      await reasons(
        dead(),
        second(() => fs.writeFileSync(record, '4242')),
      ),
    ).toEqual(['It is being written right now.']);
    fs.rmSync(record);
    expect(
      await reasons(
        dead(),
        second(() => fs.mkdirSync(record)),
      ),
    ).toEqual(['It is being replaced right now.']);
    fs.rmdirSync(record);
  });

  test('what is of another kind than was judged, and what cannot be read as a record', async () => {
    const target = path.join(folder, 'target.pid');
    fs.writeFileSync(target, '4242');
    const link = path.join(folder, 'link.pid');
    fs.symlinkSync(target, link);
    expect(await reasons(dead(link))).toEqual([
      'It is a symbolic link to a record elsewhere; a removal never follows links.',
    ]);
    const full = path.join(folder, 'full.pid');
    fs.mkdirSync(full);
    fs.writeFileSync(path.join(full, 'x'), '');
    expect(await reasons(dead(full))).toEqual([
      'The lock directory is not empty; only an empty one is ever removed.',
    ]);
    const large = path.join(folder, 'large.pid');
    fs.writeFileSync(large, 'x'.repeat(2 ** 21));
    expect(await reasons(dead(large))).toEqual(['It is too large to be a pid record.']);
    const ring = path.join(folder, 'ring');
    fs.symlinkSync('ring', ring);
    expect(await reasons(dead(path.join(ring, 'x.pid')))).toEqual(['It cannot be read.']);
  });

  test('what is chosen and no longer as it was', () => {
    const item = (more: Partial<CleanUpItem> = {}): CleanUpItem => ({
      id: 'x',
      serviceId: 'bot',
      serviceName: 'bot',
      path: record,
      kind: 'file',
      recordedPid: 4242,
      verdict: 'dead',
      why: '',
      evidence: [],
      proof: 'proven',
      preselected: true,
      ...more,
    });
    const holding = proc(100, 'python3 other.py');
    const stays = (given: Given, more?: Partial<CleanUpItem>) => keptNow(inspected(given), item(more));
    expect(stays(dead())).toBeUndefined();
    expect(stays(dead(), { proof: 'plausible' })).toBeUndefined();
    expect(stays(byClock(), { proof: 'plausible' })).toBeUndefined();
    expect(stays(byClock())).toBe('It is no longer stale.');
    expect(stays(dead(), { path: '/other' })).toBe('It is no longer stale.');
    expect(stays(dead(), { recordedPid: 7 })).toBe('It is no longer stale.');
    expect(stays({ ...dead(), lockFiles: [lockFile([lock([holding])])] })).toMatch(
      /^The lock on .* is held by pid 100/,
    );
    const elsewhere = { ...dead('/other'), lockFiles: [lockFile([lock([holding])])] };
    expect(stays(elsewhere)).toBe('It is no longer stale.');
  });
});

describe('what is said of a stale record', () => {
  const said = (given: Given) => (staleRecords(inspected(given)).stale[0]?.evidence ?? []).map(writeLine);
  test('when the clock alone speaks: how far that clock is known', () => {
    const witness = (ms?: number) =>
      said({ ...byClock(), ...(ms === undefined ? {} : { host: { bootWitness: BOOT + ms } }) }).filter(
        (line) => line.startsWith('The machine'),
      );
    const started = (ms: number) =>
      `The machine started ${localTime(BOOT + ms)} by its clock then and ${localTime(BOOT)} by its clock now`;
    expect(witness()).toEqual([]);
    for (const ms of [1999, -1999]) {
      expect(witness(ms)).toEqual([`${started(ms)}: the clock has not been set since.`]);
    }
    for (const ms of [2000, -2000]) {
      expect(witness(ms)).toEqual([`${started(ms)}: the clock was set, or stood still, by 2 s.`]);
    }
    expect(said(byClock())).toContain('This rests on the wall clock alone and is not proven.');
    const unknown = said({ ...byClock(), host: { bootTime: undefined, bootWitness: BOOT } as never });
    expect(unknown).toContain('This rests on the wall clock alone and is not proven.');
    expect(unknown.join()).not.toContain('The machine started');
  });

  test('where the diagnosis has no finding of its own', () => {
    const seen = inspected(dead());
    const bare = (given: Given) =>
      staleRecords({ ...inspected(given), snapshot: { ...seen.snapshot, findings: [] } });
    expect(bare(dead()).stale[0]).toMatchObject({
      why: `${record}: Process 4242 is gone.`,
      status: 'file',
      verdict: 'dead',
    });
    expect(bare(dead()).stale[0]?.evidence.map(writeLine)[0]).toMatch(/^Last written/);
    expect(bare(byClock()).stale[0]?.why).toBe(`${record}: The pid 4242 now belongs to another process.`);
    const unsure = { pidFiles: [pidFile('{"pid":4242,"host":"other"}', gone, at(record))] };
    expect(bare(unsure).kept).toEqual([
      {
        path: record,
        reason: 'It cannot be verified from here that its process is gone.',
      },
    ]);
    expect(
      bare({ pidFiles: [pidFile(undefined, undefined, at(record, { status: 'directory' }))] }).kept,
    ).toEqual([]);
  });

  test('a record without a time says nothing of one', () => {
    const { status, path: where } = file(record);
    const given = { pidFiles: [pidFile('4242', gone, { file: { status, path: where } })] };
    expect(said(given).join()).not.toContain('Last written');
    expect(writtenAt({ status, path: where })).toEqual([]);
  });
});

describe('what became of it', () => {
  test.each<[RemovalResult, string]>([
    [{ result: 'removed' }, '/r was removed.'],
    [{ result: 'absent' }, '/r had already disappeared.'],
    [{ result: 'changed' }, 'Kept /r. It has changed since it was judged stale.'],
    [
      { result: 'open', openers: [7, 7, 8].map((pid) => ({ pid, fd: 3 })) },
      'Kept /r. It is open in process 7, 8.',
    ],
    [
      { result: 'hardLinked', names: 2 },
      'Kept /r. It has 2 names (hard links), which a restored file would no longer share; remove it by hand.',
    ],
    [
      { result: 'putBack', because: 'open', openers: [{ pid: 7, fd: 3 }] },
      'Kept /r. It is open in process 7, so it was put back.',
    ],
    [
      { result: 'putBack', because: 'changed', openers: [] },
      'Kept /r. It was written to while it was being removed, so it was put back.',
    ],
    [
      { result: 'putBack', because: 'locked', openers: [] },
      'Kept /r. It has just been locked, so it was put back.',
    ],
    [
      { result: 'failed', code: 'EIO', syscall: 'link' },
      '/r could not be removed (link: EIO) and is still in place; see the log for details.',
    ],
  ])('%j', (result, expected) => {
    expect(removalSentence('/r', result)).toBe(expected);
  });

  test('when it was put back', () => {
    expect(restoreSentence('/r', { result: 'restored' })).toBe('/r was restored.');
    expect(restoreSentence('/r', { result: 'restored', lostOwner: 7 })).toMatch(
      /^\/r was .*but it is yours now.*\(uid 7\)/,
    );
    expect(restoreSentence('/r', { result: 'restored', lostOwner: 7, at: '/new/r' })).toMatch(
      /^\/new\/r was/,
    );
    expect(restoreSentence('/r', { result: 'restored', at: '/new/r' })).toBe('/new/r was restored.');
    expect(restoreSentence('/r', { result: 'exists' })).toBe(
      '/r was not restored: a new file is there, and it was kept.',
    );
    expect(restoreSentence('/r', { result: 'failed', code: 'EIO', syscall: 'open' })).toBe(
      '/r could not be restored (open: EIO).',
    );
  });

  test('a record of somebody else would come back as one’s own', async () => {
    fs.writeFileSync(record, '4242');
    const read = readGeneration(record);
    expect(isProblem(read)).toBe(false);
    const own = process.geteuid;
    if (own === undefined) return;
    // Root and whoever owns the record are two.
    if (own() === 0) fs.chownSync(record, 1234, 1234);
    const evidence = async (uid: number) => {
      process.geteuid = () => uid;
      try {
        return (await judged({ bot: dead() })).judged[0]?.item.evidence.map(writeLine).join(' ');
      } finally {
        process.geteuid = own;
      }
    };
    const { uid } = fs.statSync(record);
    expect(await evidence(uid)).not.toContain('another user');
    expect(await evidence(0)).not.toContain('another user');
    expect(await evidence(uid + 1)).toContain(
      `It belongs to another user (uid ${uid}). Undo would restore it as yours.`,
    );
  });
});

describe('a folder with nothing but the record', () => {
  const lockFolder = () => path.join(folder, 'bot.mutex');
  const inLock = (name: string): string => {
    const file = path.join(lockFolder(), name);
    fs.writeFileSync(file, '4242');
    return file;
  };
  beforeEach(() => fs.mkdirSync(lockFolder()));
  afterEach(() => fs.rmSync(lockFolder(), { recursive: true }));

  test('may be the lock, so the record stays', async () => {
    const { judged: offered, reasons } = await judged({ bot: dead(inLock('bot.pid')) });
    expect(offered).toEqual([]);
    expect(reasons).toEqual([expect.stringContaining('which may be the lock itself')]);
    const inside = path.join(lockFolder(), 'bot.pid');
    const reused = { ...byClock(), pidFiles: [pidFile('4242', alive(stranger), at(inside))] };
    expect(await judged({ bot: reused })).toMatchObject({ judged: [], reasons });
  });

  test('is asked of a record alone: of no lock by being there, and of nothing that has no owner', () => {
    const inside = inLock('bot.pid');
    const kept = (status: 'file' | 'directory', verdict: StaleRecord['verdict']) =>
      keptByOwnFolder({ path: inside, status, verdict, proof: 'proven', why: '', evidence: [] });
    expect(kept('file', 'dead')).toContain('which may be the lock itself');
    expect(kept('file', 'reused')).toContain('which may be the lock itself');
    expect(kept('file', 'leftOver')).toBeUndefined();
    expect(kept('file', 'heartbeat')).toBeUndefined();
    expect(kept('directory', 'dead')).toBeUndefined();
  });

  test('is told by the separators of either system', () => {
    expect(keptByFolder('C:\\run\\bot.lock\\pid', ['C:\\run\\bot.lock'])).toContain('bot.lock');
    expect(keptByFolder('/run/bot.lock/pid', ['/run/bot.lock'])).toContain('/run/bot.lock');
    expect(keptByFolder('/run/bot.lock2/pid', ['/run/bot.lock'])).toBeUndefined();
  });

  test('is none once something else lies in it', async () => {
    const inside = inLock('bot.pid');
    inLock('bot.log');
    const { judged: offered, reasons } = await judged({ bot: dead(inside) });
    expect([offered.map(({ item }) => item.preselected), reasons]).toEqual([[true], []]);
  });
});
