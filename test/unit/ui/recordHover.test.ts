import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/model/diagnose';
import type { ServiceReport } from '../../../src/monitor/report';
import { recordHover } from '../../../src/ui/documents/recordHover';
import { alive, facts, gone, pidFile, PID_PATH, proc, startedAfter, type Given } from '../model/build';

const reportOn = (given: Given): ServiceReport => {
  const seen = facts(given);
  return { facts: seen, snapshot: diagnose(seen), advice: [] };
};
const running = proc(4242, 'python3 bot.py');

/** Points at the offset; `watched`: a service names the file. */
async function hover(
  given: Given,
  offset: number,
  { watched = true, text = '4242\n', path = PID_PATH } = {},
) {
  const report = reportOn(given);
  const asked: string[] = [];
  const services = watched ? [report.snapshot] : [];
  const found = await recordHover(
    {
      snapshot: { takenAt: 0, durationMs: 0, lockSource: 'procfs', services },
      inspect: (id) => {
        asked.push(id);
        return Promise.resolve(report);
      },
    },
    path,
    { text, offset },
  );
  return { markdown: found?.markdown, asked };
}

const live: Given = { processes: [running], pidFiles: [pidFile('4242', alive(running))] };

describe('a hover on the pid of a record', () => {
  it('says who it is, proven how, and since when', async () => {
    const { markdown, asked } = await hover(live, 2);
    expect(asked).toEqual(['setting:0:bot']);
    expect(markdown).toMatch(/^\*\*names pid 4242, alive\*\*/);
    expect(markdown).toContain('Not proven');
    expect(markdown).toMatch(/pid 4242 · started \d{4}-/);
    expect(markdown).toContain('`python3 bot.py`');
  });

  it('says that it is gone, or another process, in the words of the finding', async () => {
    const dead = await hover({ pidFiles: [pidFile('4242', gone)] }, 0);
    expect(dead.markdown).toMatch(
      /which is gone\*\*[^]*names pid 4242, which is gone\.[^]*Proven: the kernel/,
    );
    const reused = await hover(startedAfter(60_000), 4);
    expect(reused.markdown).toMatch(/since reused\*\*[^]*only the clock says so[^]*pid 4242 · started/);
  });

  it('is only on the number itself, and only where the file on disk has it', async () => {
    const text = 'x: 1\npid: 4242\nport: 8080\n';
    for (const offset of [3, 8, 15, 23]) {
      expect(await hover(live, offset, { text })).toEqual({ markdown: undefined, asked: [] });
    }
    expect((await hover(live, 11, { text })).markdown).toBeDefined();
    const edited = await hover(live, 0, { text: '4243\n' });
    expect(edited).toEqual({ markdown: undefined, asked: ['setting:0:bot'] });
  });

  it('is also on a pid file that no service watches, and on no other file', async () => {
    expect(await hover(live, 0, { watched: false })).toMatchObject({ asked: [`lock:${PID_PATH}`] });
    const other = { watched: false, path: '/home/ann/rapid.txt' };
    expect(await hover(live, 0, other)).toEqual({ markdown: undefined, asked: [] });
  });
});
