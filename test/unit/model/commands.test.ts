import { describe, expect, it } from 'vitest';
import { deniedSentence } from '../../../src/actions/terminate/sentences';
import { commandsFor, type Commands } from '../../../src/model/commands/index';
import type { PlatformName } from '../../../src/model/facts';
import { lock, proc } from './build';

const bot = proc(4242, 'python3 bot.py');
const PATH = "/tmp/it's here/bot.lock";
const HOLDERS = [bot, proc(4243, 'a'), proc(4244, 'b'), proc(4245, 'c'), proc(4246, 'd')];

/** Everything that can be asked for. */
const ASKED: { [Name in keyof Commands]: (commands: Commands) => string | string[] } = {
  processes: (commands) => commands.processes([4242, 4300, 4242]),
  file: (commands) => commands.file(PATH),
  content: (commands) => commands.content(PATH),
  log: (commands) => commands.log(PATH),
  openers: (commands) => [...commands.openers(PATH), ...commands.openers(PATH, { sudo: true })],
  listeners: (commands) => commands.listeners(3000),
  allLocks: (commands) => commands.allLocks(),
  kernelLock: (commands) => commands.kernelLock(lock(HOLDERS), PATH),
  locksOf: (commands) => [...commands.locksOf(4242), ...commands.locksOf(4242, { sudo: true })],
  hiddenLocks: (commands) => commands.hiddenLocks(4242, lock(HOLDERS).id),
  deletedFiles: (commands) => commands.deletedFiles(4242),
  startTicks: (commands) => commands.startTicks(4242),
  bootTime: (commands) => commands.bootTime(),
  hostName: (commands) => commands.hostName(),
  signal: (commands) => [...commands.signal('SIGCONT', 4242), ...commands.signal('SIGKILL', 4242)],
  endAsAdministrator: (commands) => commands.endAsAdministrator([4242, 4300]),
};

const all = (platform: PlatformName): string[] =>
  Object.values(ASKED).flatMap((ask) => ask(commandsFor({ platform })));

describe('the commands', () => {
  it.each<[PlatformName, RegExp]>([
    ['linux', /^(?:sudo )?(?:ps|stat|head|tail|lsof|lslocks|ss|grep|sh|ls|sed|uptime|hostname|kill) ?/],
    ['darwin', /^(?:sudo )?(?:ps|stat|head|tail|lsof|sysctl|hostname|kill) ?/],
    [
      'win32',
      /^(?:Get-(?:Process|Item|Content|NetTCPConnection)|openfiles|\(Get-CimInstance|hostname|taskkill) ?/,
    ],
  ])('are of %s alone', (platform, itsOwn) => {
    for (const command of all(platform)) expect(command).toMatch(itsOwn);
  });

  it('name /proc on Linux only, and sudo nowhere on Windows', () => {
    expect(all('linux').join('\n')).toContain('/proc/');
    expect(all('darwin').join('\n')).not.toContain('/proc/');
    expect(all('darwin').join('\n')).toContain('sudo lsof');
    expect(all('win32').join('\n')).not.toMatch(/\/proc\/|sudo/);
  });

  it('quote a path as the shell that reads it wants it', () => {
    const content = (platform: PlatformName) => commandsFor({ platform }).content(PATH);
    expect(content('linux')).toEqual([String.raw`head -c 4096 '/tmp/it'\''s here/bot.lock'`]);
    expect(content('darwin')).toEqual(content('linux'));
    expect(content('win32')).toEqual(["Get-Content -LiteralPath '/tmp/it''s here/bot.lock'"]);
  });

  it('name each process once, and no more than can be read', () => {
    const processes = (pids: number[]) => commandsFor({ platform: 'linux' }).processes(pids);
    expect(processes([])).toEqual([]);
    expect(processes([7, 7, 8])).toEqual(['ps -o pid,ppid,user,stat,lstart,args -p 7,8']);
    expect(processes(Array.from({ length: 50 }, (_, index) => index)).join('')).toMatch(/,19$/);
    expect(commandsFor({ platform: 'linux' }).kernelLock(lock(HOLDERS), PATH)).toHaveLength(5);
  });

  it('end what the system refused to end, in its own words', () => {
    const handle = {
      pid: 7,
      read: () => bot,
      signal: () => ({ result: 'denied' as const }),
      close: () => undefined,
    };
    const left = [7, 8].map((pid) => ({ pid, command: 'bot', handle, parent: undefined, facts: bot }));
    const sentence = (platform: PlatformName) => deniedSentence(left, commandsFor({ platform }));
    expect(sentence('linux')).toMatch(/An administrator can terminate it with: sudo kill 7 8$/);
    expect(sentence('win32')).toMatch(/An administrator can terminate it with: taskkill \/PID 7 \/PID 8$/);
  });
});
