import { describe, expect, it } from 'vitest';
import type { PidFileSnapshot } from '../../../src/api';
import { localTime } from '../../../src/model/text';
import { fileMarks } from '../../../src/ui/text/rows/fileMarks';
import { finding, holder, instance, lockFile, NOW, HOUR, service } from './snapshots';

const LOCK = '/srv/bot/.bot.lock';
const PID = '/srv/bot/.bot.pid';
const since = localTime(NOW - 3 * HOUR);
const record = (more: Partial<PidFileSnapshot> = {}): PidFileSnapshot => ({
  path: PID,
  exists: true,
  recordedPid: 4242,
  verdict: 'live',
  ...more,
});
const marksOf = (more: Parameters<typeof service>[0]): Record<string, [string, string]> =>
  Object.fromEntries([...fileMarks(service(more))].map(([path, mark]) => [path, [mark.badge, mark.tooltip]]));

describe('the mark of a watched file', () => {
  it('says who holds the lock, and since when that runs', () => {
    expect(marksOf({})).toEqual({
      [LOCK]: ['H', `Held by process 4242 (python3 bot.py), which started ${since}.`],
    });
    expect(marksOf({ lockFiles: [lockFile([holder(1), holder(2)])] })[LOCK]?.[1]).toMatch(
      /1 more hold it as well\.$/,
    );
    const process = { pid: 7, command: '/usr/bin/python3 bot.py' };
    expect(marksOf({ lockFiles: [lockFile([holder(7, { process })])] })[LOCK]?.[1]).toBe(
      'Held by process 7 (python3 bot.py).',
    );
  });

  it('says why the holder is unknown', () => {
    const unknown = { inherited: false, deletedInode: false };
    expect(marksOf({ lockFiles: [lockFile([{ ...unknown, unknownReason: 'another user' }])] })).toEqual({
      [LOCK]: ['H', 'Held by an unknown process: another user.'],
    });
    expect(marksOf({ lockFiles: [lockFile([unknown])] })[LOCK]?.[1]).toBe('Held by an unknown process.');
  });

  it('says which process a record names, and only of one that runs', () => {
    const pidFiles = [record()];
    expect(marksOf({ lockFiles: [], pidFiles })).toEqual({
      [PID]: ['H', `Names process 4242 (python3 bot.py), which has been running since ${since}.`],
    });
    expect(marksOf({ lockFiles: [], pidFiles, instances: [instance(1)] })[PID]?.[1]).toBe(
      'Names process 4242, which is running.',
    );
    for (const verdict of ['dead', 'reused', 'unverifiable', 'empty', 'absent'] as const) {
      expect(marksOf({ lockFiles: [], pidFiles: [record({ verdict })] })).toEqual({});
    }
  });

  it('is stale only on the file that is', () => {
    const findings = [
      finding('stalePidDead', 'stale', { path: PID, message: 'It names pid 4242,\nwhich is gone.' }),
    ];
    const marks = marksOf({ state: 'stale', findings, pidFiles: [record({ verdict: 'dead' })] });
    expect(marks[PID]).toEqual(['S', 'It names pid 4242,␊which is gone.']);
    expect(marks[LOCK]?.[0]).toBe('H');
  });

  it('is a conflict on each file of the service that is there', () => {
    const findings = [finding('duplicateInstances', 'conflict', { message: 'Two run.' })];
    const pidFiles = [record({ exists: false })];
    expect(marksOf({ state: 'conflict', findings, pidFiles })).toEqual({ [LOCK]: ['C', 'Two run.'] });
  });

  it('is none on what is free, absent, or only warned of', () => {
    expect(marksOf({ lockFiles: [lockFile([])] })).toEqual({});
    expect(marksOf({ lockFiles: [lockFile([], { exists: false })] })).toEqual({});
    const findings = [finding('waiters', 'warning', { path: LOCK })];
    expect(marksOf({ findings })[LOCK]?.[0]).toBe('H');
  });
});
