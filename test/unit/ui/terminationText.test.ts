import { describe, expect, it } from 'vitest';
import type { TerminationCandidate } from '../../../src/actions/index';
import type { HeldLock } from '../../../src/os/platform';
import {
  candidateDescription,
  candidateDetail,
  choicePlaceholder,
  confirmationDetail,
  otherLocks,
} from '../../../src/ui/text/dialogs/terminationText';

const candidate = (more: Partial<TerminationCandidate> = {}): TerminationCandidate => {
  const root = { pid: 4242, command: 'python3 bot.py', holds: [], ports: [] };
  return {
    id: '4242:1',
    role: 'duplicate',
    counted: true,
    root,
    processes: [root],
    preselected: false,
    ...more,
  };
};
const owner = candidate({ role: 'owner' });

describe('the pick of what should end', () => {
  it('says why nothing is ticked', () => {
    const asked = (...all: TerminationCandidate[]): string => choicePlaceholder(all);
    expect(asked(owner, candidate())).toBe('No duplicate is proven: select the instances to terminate');
    expect(asked(candidate(), candidate())).toBe('No clear owner: select the instances to terminate');
    expect(asked(candidate({ role: 'possibleDuplicate' }))).toBe(
      'No clear owner: select the instances to terminate',
    );
  });

  it('only asks where something is ticked, or where the user has said whom', () => {
    expect(choicePlaceholder([owner, candidate({ preselected: true })])).toBe(
      'Select the instances to terminate',
    );
    expect(choicePlaceholder([candidate({ role: 'holder' })])).toBe('Select the instances to terminate');
  });

  it('shows the proof before the command, whose end is cut', () => {
    const proofText = 'not proven: it has another directory';
    expect(candidateDetail(candidate({ proofText }))).toBe(`${proofText} · python3 bot.py`);
    expect(candidateDetail(candidate())).toBe('python3 bot.py');
    expect(candidateDetail(candidate({ proofText, refusal: 'It is left alone.' }))).toBe('It is left alone.');
  });
});

describe('the description of a candidate', () => {
  const started = (pid: number, startTime: number, parent: number): TerminationCandidate => {
    const root = { pid, command: 'python3 bot.py', startTime, parent: { pid: parent }, holds: [], ports: [] };
    return candidate({ root, processes: [root] });
  };
  const NOW = 100 * 3_600_000;
  const old = { ...started(10, NOW - 7_200_000, 7), role: 'owner' as const };
  const young = started(11, NOW - 3_600_000, 1);
  const inBash = (pids: readonly (number | undefined)[]): string | undefined =>
    pids.includes(7) ? 'bash' : undefined;
  const said = (one: TerminationCandidate, all = [old, young]): string =>
    candidateDescription(one, { now: NOW, all, terminalOf: inBash });

  it('begins as the row of the instance does: role, which is older, where it runs', () => {
    expect(said(old)).toBe('owner · oldest · in your terminal “bash” · 2 h · parent 7');
    expect(said(young)).toBe('duplicate · newest · detached · 1 h · parent 1');
  });

  it('calls none the oldest where there is nothing to compare, and none of three the middle one', () => {
    expect(said(young, [young])).toBe('duplicate · detached · 1 h · parent 1');
    const middle = started(12, NOW - 5_400_000, 9);
    expect(said(middle, [old, middle, young])).toBe('duplicate · 1 h · parent 9');
  });

  it('names what else it runs in', () => {
    const supervised = { ...started(13, NOW - 60_000, 9), supervisor: { kind: 'pm2', name: 'bot' } as const };
    expect(said(supervised, [supervised])).toBe('duplicate · in pm2 bot · 1 min · parent 9');
    const elsewhere = { ...supervised, supervisor: { kind: 'vscode', name: 'terminal' } as const };
    expect(said(elsewhere, [elsewhere])).toBe('duplicate · in a VS Code terminal · 1 min · parent 9');
  });

  it('says in the last question in which terminal of this window it runs', () => {
    const warning = 'It runs in a VS Code terminal.';
    const supervisor = { kind: 'vscode', name: 'terminal' } as const;
    const mine = { ...old, warning, supervisor };
    expect(confirmationDetail([mine], { terminalOf: inBash })).toMatch(/It runs in your terminal “bash”\.$/);
    expect(confirmationDetail([{ ...young, warning, supervisor }], { terminalOf: inBash })).toMatch(
      /It runs in a VS Code terminal\.$/,
    );
    // What would start it again matters more than where one sees it.
    const restarted = { ...old, warning: 'pm2 bot may restart it.', supervisor: { kind: 'pm2' } as const };
    expect(confirmationDetail([restarted], { terminalOf: inBash })).toMatch(/pm2 bot may restart it\.$/);
  });
});

describe('the other locks of what is terminated', () => {
  const root = { ...owner.root, startTicks: 7, holds: ['/run/bot.lock'] };
  const chosen = [candidate({ root, processes: [root] })];
  const lock = (path: string, pid: number, startTicks: number): HeldLock => ({
    id: path,
    kind: 'flock',
    access: 'write',
    path,
    deletedInode: false,
    holders: [{ process: { pid, startTicks, comm: 'x', argv: [] }, inherited: false, proven: true }],
    waiters: [],
  });

  it('are those of its processes that the service does not have, each once', () => {
    const locks = [lock('/srv/b', 4242, 7), lock('/srv/a', 4242, 7), lock('/srv/b', 4242, 7)];
    expect(otherLocks(chosen, locks)).toEqual(['/srv/a', '/srv/b']);
    expect(otherLocks(chosen, [lock('/run/bot.lock', 4242, 7)])).toEqual([]);
  });

  it('are neither those of another process nor those of a later one with its number', () => {
    expect(otherLocks(chosen, [lock('/srv/a', 4243, 7), lock('/srv/b', 4242, 8)])).toEqual([]);
  });
});

describe('the last question', () => {
  const child = { pid: 4243, command: 'python3 bot.py', holds: ['/run/bot.lock'], ports: [] };
  const both = candidate({ processes: [owner.root, child] });

  it('says why it is about another process than the one that was picked', () => {
    expect(confirmationDetail([both], { picked: 4243 })).toContain(
      'pid 4243 belongs to pid 4242; both are one instance',
    );
    expect(confirmationDetail([both], { picked: 4242 })).not.toContain('belongs to');
    expect(confirmationDetail([both], { picked: 77 })).not.toContain('belongs to');
  });

  it('names the other locks that go with it, the first of many', () => {
    const files = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(confirmationDetail([both], { alsoHeld: files.slice(0, 2) })).toContain(
      'Other locks that are released with it: a, b.',
    );
    expect(confirmationDetail([both], { alsoHeld: files })).toContain('with it: a, b, c, d, e and 2 more.');
    expect(confirmationDetail([both])).not.toContain('Other locks');
  });
});
