import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pulse, type Silence } from '../../src/monitor/pulse';
import { Questions, silenceText } from '../../src/monitor/silence';
import type { Beat } from '../../src/os/heartbeat';

describe('Pulse', () => {
  let beat: Beat;
  let silences: Silence[];
  let again: number;
  let pulse: Pulse;
  let startedAt: number;
  beforeEach(() => {
    vi.useFakeTimers();
    beat = { beats: 0, isBusy: true, path: '/mnt/a' };
    silences = [];
    again = 0;
    startedAt = Date.now();
    pulse = new Pulse(
      () => beat,
      { onSilent: (silence) => silences.push(silence), onAgain: () => (again += 1) },
      { everyMs: 1000, tellAfterMs: 5000, leaveAfterMs: 15_000 },
    );
  });
  afterEach(() => {
    pulse.stop();
    vi.useRealTimers();
  });
  const pass = (ms: number): void => void vi.advanceTimersByTime(ms);

  it('tells of a thread that is busy and gives no sign of life, from five seconds on', () => {
    pass(5999);
    expect(silences).toEqual([]);
    pass(2001);
    expect(silences.map(({ forMs }) => forMs)).toEqual([5000, 6000, 7000]);
    expect(silences[0]).toMatchObject({ path: '/mnt/a', since: startedAt + 1000 });
  });

  it('says nothing of a thread that has nothing to do', () => {
    beat = { ...beat, isBusy: false };
    pass(60_000);
    expect(silences).toEqual([]);
  });

  it('says nothing of one that is busy for long and goes on', () => {
    for (let second = 0; second < 60; second += 1) {
      beat = { ...beat, beats: second };
      pass(1000);
    }
    expect(silences).toEqual([]);
  });

  it('says once that it is there again, and counts from nothing afterwards', () => {
    pass(8000);
    beat = { ...beat, beats: 1 };
    pass(2000);
    expect(again).toBe(1);
    const told = silences.length;
    pass(3000);
    expect(silences.length).toBe(told);
    expect(again).toBe(1);
  });

  it('does not count the sleep of the machine: one look after it is one look', () => {
    pass(1000);
    vi.setSystemTime(Date.now() + 3_600_000);
    pass(4000);
    expect(silences).toEqual([]);
  });

  it('says nothing once it is stopped', () => {
    pulse.stop();
    pass(60_000);
    expect(silences).toEqual([]);
  });
});

describe('what is said of a silent observer', () => {
  const mounts = [
    { point: '/', type: 'ext4' },
    { point: '/mnt/data', type: 'nfs4' },
    { point: '/mnt/data/deep', type: 'fuse.sshfs' },
  ];
  const since = new Date(2026, 10, 26, 7, 5, 9).getTime();

  it('names the path, its deepest mount and the time', () => {
    expect(silenceText({ path: '/mnt/data/deep/a.lock', since, forMs: 7000 }, mounts)).toBe(
      'No answer from the observer for 7 s: /mnt/data/deep/a.lock on mount /mnt/data/deep (fuse.sshfs), since 2026-11-26 07:05:09.',
    );
    expect(silenceText({ path: '/mnt/data/deeper', since, forMs: 7000 }, mounts)).toContain(
      'on mount /mnt/data (nfs4)',
    );
  });

  it('names the path alone where the mounts are not known', () => {
    expect(silenceText({ path: '/a', since, forMs: 5000 }, [])).toBe(
      'No answer from the observer for 5 s: /a, since 2026-11-26 07:05:09.',
    );
  });

  it('says that it has not started where it has touched nothing', () => {
    expect(silenceText({ path: '', since, forMs: 5000 }, mounts)).toBe(
      'The observer has not started for 5 s, since 2026-11-26 07:05:09.',
    );
  });
});

describe('Questions', () => {
  it('answers as the thread does', async () => {
    const questions = new Questions();
    await expect(questions.ask(() => Promise.resolve(1))).resolves.toBe(1);
    await expect(questions.ask(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('rejects what is pending when the thread is silent, and what is asked then, until it is there again', async () => {
    const questions = new Questions();
    const pending = questions.ask(() => new Promise(() => undefined));
    questions.silent('silent');
    await expect(pending).rejects.toThrow('silent');
    let isAsked = false;
    const refused = questions.ask(() => {
      isAsked = true;
      return Promise.resolve();
    });
    await expect(refused).rejects.toThrow('silent');
    expect(isAsked).toBe(false);
    questions.again();
    await expect(questions.ask(() => Promise.resolve(2))).resolves.toBe(2);
  });
});
