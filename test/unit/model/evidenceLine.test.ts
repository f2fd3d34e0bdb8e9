import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/model/diagnose';
import {
  commandLines,
  commandsIn,
  factLines,
  factsIn,
  readLine,
  writeLine,
} from '../../../src/model/evidenceLine';
import { alive, facts, file, gone, lock, lockFile, NOW, pidFile, proc } from './build';

describe('a line of evidence', () => {
  const lines = [...factLines('It costs $ 5.', '$HOME is /home/ann.'), ...commandLines('ps -p 1', '$ ps')];

  it('is text in the API, where a command starts with a prompt', () => {
    expect(lines.map(writeLine)).toEqual(['It costs $ 5.', '$HOME is /home/ann.', '$ ps -p 1', '$ $ ps']);
  });

  it('is read as what it was written from', () => {
    expect(lines.map(writeLine).map(readLine)).toEqual(lines);
    expect(factsIn(lines)).toEqual(['It costs $ 5.', '$HOME is /home/ann.']);
    expect(commandsIn(lines)).toEqual(['ps -p 1', '$ ps']);
  });

  it('is never a command because of what others named so', () => {
    const hostile = '$ rm -rf /';
    const named = (pid: number, startedAgo: number) =>
      proc(pid, [hostile, 'bot.py'], { comm: hostile, user: hostile, cwd: hostile, state: 'T', startedAgo });
    const bots = [named(4242, 3600), named(4300, 60)];
    const { findings } = diagnose(
      facts({
        service: { name: hostile, process: { kind: 'substring', text: 'bot.py' } },
        host: { hostname: hostile },
        processes: [...bots, named(77, 5)],
        lockFiles: [lockFile([lock(bots)]), lockFile([lock([])], { file: file('/x.lock') })],
        pidFiles: [
          pidFile('5555', gone, { file: file('/dead.pid') }),
          pidFile('77', alive(named(77, 5)), { file: file('/reused.pid') }),
          pidFile(JSON.stringify({ pid: 9, host: hostile }), gone, { file: file('/far.pid') }),
          pidFile(hostile, undefined, { file: file('/odd.pid') }),
        ],
        log: { path: '/bot.log', lines: [{ text: `${hostile} 409 Conflict`, seenAt: NOW }] },
      }),
    );
    expect(findings.length).toBeGreaterThan(5);
    const commands = findings.flatMap(({ evidence }) => commandsIn(evidence.map(readLine)));
    expect(commands).not.toEqual([]);
    for (const command of commands) {
      expect(command).toMatch(/^(?:sudo )?(?:ps|stat|head|tail|lsof|lslocks|grep|sh|ls|hostname|kill) ?/);
    }
  });
});
