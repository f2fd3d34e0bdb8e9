/**
 * The three harms that the monitor must never do, provoked: each harness runs against the extension's own code, where
 * it has to find nothing, and against the obvious way to do the same, where it has to find something: a harness that
 * does not bite proves nothing.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { hasGit } from '../fixtures/gitRepository';
import { bystanderRounds } from './bystanders';
import { gitLockRounds, type GitWay } from './gitLocks';
import { disconnectOnly, helperRounds } from './helpers';
import { runInNamespace } from './namespace';
import { programPath } from './programs';
import type { RefusedStartsCounts } from './refusedStarts';
import type { RemovalCounts } from './removal';
import { starterKinds, type StarterKind } from './slots';
import type { WrongProcessCounts } from './wrongProcess';

export interface Row {
  harm: string;
  against: string;
  way: string;
  rounds: number;
  harmed: number;
  /** `some`: the control. `known`: measured and reported, neither proof nor violation. */
  expected: 'none' | 'some' | 'known';
  detail: string;
  seconds: number;
}

export const isViolation = ({ expected, harmed }: Row): boolean =>
  (expected === 'none' && harmed > 0) || (expected === 'some' && harmed === 0);

/** In memory where there is such a file system: the rounds are about races, not about disks. */
async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
  const folder = fs.mkdtempSync(path.join(base, 'instance-monitor-torture-'));
  try {
    return await run(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const WAYS = {
  pinned: 'pidfd, proven by a descriptor (ours)',
  exact: 'open descriptor (ours, without the helper)',
  'pid and tick': 'pid and start tick',
};

export async function wrongProcess(
  how: 'pinned' | 'exact' | 'pid and tick',
  when: 'between' | 'racing',
  rounds: number,
): Promise<Row> {
  const counts = await inFolder((folder) =>
    runInNamespace<WrongProcessCounts>(programPath('wrongProcess'), [
      how,
      when,
      String(rounds),
      folder,
      programPath('swapper'),
      programPath('native'),
    ]),
  );
  return {
    harm: 'wrong process signalled',
    against: when === 'between' ? 'pid reused before the signal' : 'pid reused during the signal',
    way: WAYS[how],
    rounds,
    harmed: counts.strangersSignalled,
    // Without the helper the kernel would have to go round the whole pid space within a microsecond; only a harness can.
    expected: how === 'pid and tick' ? 'some' : how === 'pinned' || when === 'between' ? 'none' : 'known',
    detail: `${counts.sameTick} with the same start tick, ${counts.rightSignalled} right ones signalled, ${counts.byNumber} by number`,
    seconds: counts.seconds,
  };
}

export async function removal(kind: StarterKind, how: 'protocol' | 'unlink', rounds: number): Promise<Row[]> {
  const counts = await inFolder((folder) =>
    runInNamespace<RemovalCounts>(programPath('removal'), [
      kind,
      how,
      String(rounds),
      folder,
      programPath('starter'),
    ]),
  );
  const answers = Object.entries(counts.answers)
    .sort(([, a], [, b]) => b - a)
    .map(([answer, count]) => `${answer} ${count}`)
    .join(', ');
  const row = {
    against: kind,
    way: how === 'protocol' ? 'aside, verify, wait 2 ms (ours)' : 'look, then unlink',
    rounds,
    expected: how === 'protocol' ? ('none' as const) : ('some' as const),
    detail: answers,
    seconds: counts.seconds,
  };
  return [
    { harm: 'live record lost', ...row, harmed: counts.lost },
    ...(kind.startsWith('locked')
      ? [{ harm: 'split brain caused', ...row, harmed: counts.splitBrains, detail: '', seconds: 0 }]
      : []),
    ...(kind === 'O_EXCL'
      ? [
          {
            harm: 'start turned away',
            ...row,
            harmed: counts.refused,
            expected: 'known' as const,
            detail: '',
            seconds: 0,
          },
        ]
      : []),
  ];
}

/** Who starts: one daemon in a loop without a pause, or several that hold their lock for a while. */
export interface Starters {
  daemons: number;
  holdMs: number;
}

const TIGHT: Starters = { daemons: 1, holdMs: 0 };
/** What a service does that is restarted without end; more of them only to have more starts in the same time. */
export const SERVICES: Starters = { daemons: 16, holdMs: 1 };

export async function refusedStarts(
  how: RefusedStartsCounts['how'],
  everyMs: number,
  starts: number,
  expected: Row['expected'],
  { daemons, holdMs }: Starters = TIGHT,
): Promise<Row> {
  const counts = await inFolder((folder) =>
    runInNamespace<RefusedStartsCounts>(programPath('refusedStarts'), [
      how,
      String(everyMs),
      String(starts),
      folder,
      programPath('daemon'),
      String(daemons),
      String(holdMs * 1000),
    ]),
  );
  const who = how === 'observer' ? 'the observer (ours)' : how === 'fdinfo' ? 'every fdinfo' : `flock ${how}`;
  return {
    harm: 'start refused',
    against:
      holdMs === 0 ? 'LOCK_EX|LOCK_NB in a tight loop' : `${daemons} services that hold ${holdMs} ms or more`,
    way: `${who}, ${everyMs === 0 ? 'tight loop' : `every ${everyMs} ms`}`,
    rounds: counts.starts,
    harmed: counts.refused,
    expected,
    detail: `${counts.looks} looks, ${counts.sawHeld} saw it held, ${counts.sawHolder} by whom`,
    seconds: counts.seconds,
  };
}

/** Kill and Clean Up by Enter alone, beside bystanders; the rules of before in the same rounds. */
export async function bystanders(rounds: number): Promise<Row[]> {
  const counts = await bystanderRounds(rounds);
  const row = { against: 'bystanders beside two duplicates', rounds, seconds: 0 };
  const ours = { ...row, way: 'Enter alone (ours)', expected: 'none' as const };
  const before = { ...row, way: 'text or number alone (0.1.0)', expected: 'some' as const, detail: '' };
  const { ended, removed, naive, seconds } = counts;
  return [
    {
      harm: 'bystander signalled',
      ...ours,
      harmed: counts.bystandersSignalled,
      detail: `${ended} duplicates ended`,
      seconds,
    },
    { harm: 'live record lost', ...ours, harmed: counts.liveRecordsLost, detail: `${removed} stale removed` },
    { harm: 'duplicate left running', ...ours, harmed: rounds - ended, detail: counts.left.join('; ') },
    { harm: 'bystander ticked', ...before, harmed: naive.bystanders },
    { harm: 'live record ticked', ...before, harmed: naive.records },
  ];
}

/** Locks of git, which name no process, against real git processes. */
export async function gitLocks(way: GitWay, rounds: number): Promise<Row[]> {
  const counts = await inFolder((folder) => gitLockRounds(way, rounds, folder));
  const isOurs = way === 'evidence';
  const row = {
    way: isOurs ? 'all evidence, then aside (ours)' : 'rm index.lock',
    rounds,
    expected: isOurs ? ('none' as const) : ('some' as const),
  };
  const { live, leftOver, tries, seconds } = counts;
  return [
    {
      ...{ harm: 'live git lock removed', against: 'a commit with its editor open', ...row },
      ...{ harmed: counts.liveRemoved, detail: `${live} live locks`, seconds },
    },
    {
      ...{ harm: 'index update lost', against: 'many git add at once', ...row },
      ...{ harmed: counts.updatesLost, detail: `${tries} removals tried meanwhile`, seconds: 0 },
    },
    ...(isOurs
      ? [
          {
            ...{ harm: 'left-over git lock kept', against: 'git killed in mid-work', ...row },
            ...{ harmed: counts.leftOverKept, detail: `${leftOver} left over`, seconds: 0 },
          },
          {
            ...{ harm: 'git lock removed before its time', against: 'git killed in mid-work', ...row },
            ...{ harmed: counts.removedEarly, detail: '', seconds: 0 },
          },
        ]
      : []),
  ];
}

/** The native helper's own process, ended in every way. */
export async function helpers(way: 'ours' | 'disconnected', starts: number): Promise<Row> {
  const isOurs = way === 'ours';
  const counts = await (isOurs ? helperRounds : disconnectOnly)(programPath('native'), starts);
  return {
    harm: 'helper left running',
    against: isOurs ? 'closed, idle, killed, crashed, hung, its parent killed' : 'stopped every other time',
    way: isOurs ? 'a deadline, then SIGKILL (ours)' : 'disconnect alone',
    rounds: counts.starts,
    harmed: counts.left,
    expected: isOurs ? 'none' : 'some',
    detail: `${counts.answered} had answered`,
    seconds: counts.seconds,
  };
}

/** `pollInterval`'s minimum. */
export const MIN_INTERVAL_MS = 250;

export interface Counts {
  bystanders: number;
  git: number;
  helpers: number;
  reuse: number;
  removal: number;
  starts: number;
  /** Rounds of the controls, as a share. */
  control: number;
}

export const FULL: Counts = {
  bystanders: 10_000,
  git: 3000,
  helpers: 1000,
  reuse: 10_000,
  removal: 100_000,
  starts: 1_000_000,
  control: 0.1,
};

export type Part = 'bystanders' | 'git' | 'helpers' | 'reuse' | 'removal' | 'starts';

/** One after the other: two that run at once would spoil each other's alignment. */
export async function* everything(
  { bystanders: beside, git, helpers: started, reuse, removal: removals, starts, control }: Counts,
  part?: Part,
  starter = '',
): AsyncGenerator<Row> {
  const few = (count: number, least: number): number => Math.max(least, Math.round(count * control));
  if (part === undefined || part === 'bystanders') {
    yield* await bystanders(beside);
  }
  if ((part === undefined || part === 'git') && hasGit) {
    yield* await gitLocks('rm', few(git, 30));
    yield* await gitLocks('evidence', git);
  }
  if (part === undefined || part === 'helpers') {
    yield await helpers('disconnected', few(started, 2));
    yield await helpers('ours', started);
  }
  if (part === undefined || part === 'reuse') {
    yield await wrongProcess('pid and tick', 'between', few(reuse, 200));
    yield await wrongProcess('pinned', 'between', reuse);
    yield await wrongProcess('exact', 'between', reuse);
    yield await wrongProcess('pid and tick', 'racing', few(reuse, 200));
    yield await wrongProcess('pinned', 'racing', reuse);
    yield await wrongProcess('exact', 'racing', few(reuse, 200) * 2);
  }
  if (part === undefined || part === 'removal') {
    for (const kind of starterKinds.filter((name) => name.startsWith(starter))) {
      yield* await removal(kind, 'unlink', few(removals, 2000));
      yield* await removal(kind, 'protocol', removals);
    }
  }
  if (part === undefined || part === 'starts') {
    yield await refusedStarts('probe SH', 0, few(starts, 100_000), 'some');
    yield await refusedStarts('probe EX', 0, few(starts, 100_000), 'some');
    yield await refusedStarts('probe SH', 10, Math.max(starts, 500_000), 'some');
    yield await refusedStarts('fdinfo', 0, few(starts, 200_000), 'some');
    yield await refusedStarts('observer', MIN_INTERVAL_MS, starts, 'none', SERVICES);
    yield await refusedStarts('observer', MIN_INTERVAL_MS, starts, 'known');
    yield await refusedStarts('observer', 0, starts, 'known');
  }
}
