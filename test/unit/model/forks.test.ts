/** What an owner forked, and what has left its tree: no second start, however it looks; beside each case the nearest that is. */
import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../src/model/context';
import type { ProcessFacts } from '../../../src/model/facts';
import { alive, facts, file, lock, lockFile, NAMED, pidFile, proc, type Given } from './build';

/** Where the stack of a start of the program begins: another place at each start, and one for all that it forks. */
const [A, B] = [140_729_387_822_304, 140_724_990_843_088];

const bot = (
  pid: number,
  startStack: number | undefined,
  more: Partial<ProcessFacts> = {},
): ProcessFacts => ({
  ...proc(pid, 'python3 bot.py', { startedAgo: 7200 - 100 * pid }),
  ...(startStack === undefined ? {} : { startStack }),
  ...more,
});

const recorded = (one: ProcessFacts, path: string): Given['pidFiles'] => [
  pidFile(String(one.pid), alive(one), { file: file(path) }),
];

/** How many there are, and which of all that are shown count. */
function see(processes: readonly ProcessFacts[], more: Given): string {
  const { all, count } = contextOf(facts({ service: NAMED, processes, ...more })).instances;
  const counted = all.filter((one) => one.counted).map(({ root }) => root.pid);
  return `${count}: ${counted.join(' ')} of ${all.length}`;
}

const locks = (one: ProcessFacts): Given => ({ lockFiles: [lockFile([lock([one])])] });
const records = (one: ProcessFacts): Given => ({ pidFiles: recorded(one, '/home/ann/bot/bot.pid') ?? [] });

describe.each<[string, (one: ProcessFacts) => Given]>([
  ['who holds the lock', locks],
  ['whom a record names', records],
])('a fork of the one %s', (_, owns) => {
  const owner = bot(7, A);

  it('does not count', () => {
    expect(see([owner, bot(8, A)], owns(owner))).toBe('1: 7 of 2');
  });

  it('is a second one where it was started by itself', () => {
    expect(see([owner, bot(8, B)], owns(owner))).toBe('2: 7 8 of 2');
  });

  it('is not known where no start is shown', () => {
    const bare = bot(7, undefined);
    expect(see([bare, bot(8, undefined)], owns(bare))).toBe('2: 7 8 of 2');
  });

  it('may be forked by a worker', () => {
    const worker = bot(9, B, { ppid: 7 });
    expect(see([owner, worker, bot(8, B)], owns(owner))).toBe('1: 7 of 2');
  });
});

it('counts where it owns something too', () => {
  const [owner, other] = [bot(7, A), bot(8, A)];
  const more = { ...locks(owner), pidFiles: recorded(other, '/home/ann/bot/other.pid') ?? [] };
  expect(see([owner, other], more)).toBe('2: 7 8 of 2');
});

it('counts where neither owns anything', () => {
  expect(see([bot(7, A), bot(8, A)], {})).toBe('2: 7 8 of 2');
});
