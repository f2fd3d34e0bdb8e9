/** Who is named by a record beside a service's own, or where such files are usually kept. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAloneInFolder } from '../../../src/os/aloneInFolder';
import { recordedBeside, SiblingFiles, type Places } from '../../../src/os/observer/siblingRecords';
import type { SmallFileReader } from '../../../src/os/smallFileReader';
import { withShown, type Shown } from '../../fixtures/shownProc';

let folder = '';
beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'sibling-')));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => path.join(folder, name);
const write = (name: string, text: string): string => {
  fs.mkdirSync(path.dirname(at(name)), { recursive: true });
  fs.writeFileSync(at(name), text);
  return at(name);
};

const RIVALS = new Set([4242, 4300]);
const read: SmallFileReader = (file, limit) => fs.readFileSync(file).subarray(0, limit);

const besideAll = (more: Partial<Places> = {}, readFile = read) =>
  recordedBeside(
    { paths: [at('bot/bot.lock')], processes: [], isApart: () => false, ...more },
    RIVALS,
    new SiblingFiles(readFile),
  );
const named = (more: Partial<Places> = {}, readFile = read): number[] => [...besideAll(more, readFile).pids];

describe('beside the files of a service', () => {
  it.each<[string, string, string, number[]]>([
    ['a record', 'bot-b.pid', '4242\n', [4242]],
    ['a lock', 'bot-b.lock', 'pid=4300 host=tower', [4300]],
    ['a lock, as some call it', 'bot-b.lck', '4242', [4242]],
    ['a record in capitals', 'BOT.PID', '4242', [4242]],
    ['a record of two', 'bot-b.pid', '4300 4242', [4300, 4242]],
    ['a record of another', 'bot-b.pid', '4243', []],
    ['a record of a longer number', 'bot-b.pid', '42420', []],
    ['something else', 'notes.txt', '4242', []],
    ['what only begins like one', 'bot.pid.bak', '4242', []],
    ['nothing in it', 'bot-b.pid', '', []],
  ])('lies %s', (_, name, text, pids) => {
    write('bot/bot.lock', '4242');
    write(`bot/${name}`, text);
    expect(named()).toEqual(pids);
  });

  it('lies another of the same ending, whatever that is, and none where they have no ending', () => {
    write('bot/b.state', '4242');
    write('bot/README', '4300');
    expect(named({ paths: [at('bot/a.state')] })).toEqual([4242]);
    expect(named({ paths: [at('bot/LOCK')] })).toEqual([]);
    write('bot/b.lock', '4300');
    expect(named({ paths: [at('bot/LOCK')] })).toEqual([4300]);
  });

  it('are no more files read than a few, of each no more than its beginning, and none that cannot be', () => {
    for (let i = 100; i < 356; i++) write(`bot/${i}.pid`, '1');
    expect(besideAll().isCut).toBe(false);
    write('bot/z.pid', '4242');
    const asked: number[] = [];
    named({}, (file, limit) => {
      asked.push(limit);
      return read(file, limit);
    });
    expect(asked).toEqual(Array.from({ length: 256 }, () => 1024));
    expect(besideAll().isCut).toBe(true);
    expect(named({}, () => ({ code: 'EACCES', syscall: 'open' }))).toEqual([]);
  });

  it('is nothing where the folder has gone', () => {
    expect(named({ paths: ['/srv/none/bot.lock'] })).toEqual([]);
  });
});

describe('where such files are kept', () => {
  const works = (): Partial<Places> => ({ processes: [{ cwd: at('work') }, {}] });

  it.each(['run', 'pids', 'tmp', 'tmp/pids', 'var/run'])('is %s below where a process works', (name) => {
    write(`work/${name}/bot-b.pid`, '4242');
    expect(named(works())).toEqual([4242]);
    expect(named()).toEqual([]);
    expect(named({ ...works(), isApart: (one) => one === at(`work/${name}`) })).toEqual([]);
  });

  it('nothing but a record of a process names one', () => {
    write('work/run/bot-b.lock', '4242');
    write('work/run/bot.pid.bak', '4242');
    write('work/log/bot-b.pid', '4242');
    write('work/bot-b.pid', '4242');
    expect(named(works())).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('is that of the machine, and that of the user', () => {
    const shown: Shown = { '/run/b.pid': '', '/run/': '', '/run/user/77/c.pid': '', '/run/user/77/': '' };
    const texts: Record<string, string> = { '/run/b.pid': '4242', '/run/user/77/c.pid': '4300' };
    const readFile: SmallFileReader = (file) => Buffer.from(texts[file] ?? '');
    const of = (more: Partial<Places>): number[] => withShown(shown, () => named(more, readFile));
    expect(of({})).toEqual([4242]);
    expect(of({ processes: [{ uid: 77 }] })).toEqual([4242, 4300]);
    expect(of({ processes: [{ uid: 78 }] })).toEqual([4242]);
    expect(of({ processes: [{ uid: 77 }], isApart: () => true })).toEqual([]);
  });

  it('are no more folders looked into than a few', () => {
    const asked = new Set<string>();
    const working = (length: number) => Array.from({ length }, (_, index) => ({ cwd: `/srv/none/${index}` }));
    const lookFor = (processes: Places['processes']): boolean =>
      besideAll({ processes, isApart: (one) => asked.add(one).size < 0 }).isCut;
    // Each of them counts once.
    expect(lookFor([...working(12), ...working(12), { uid: 77 }])).toBe(false);
    asked.clear();
    expect(lookFor(working(20))).toBe(true);
    expect(asked.size).toBe(64);
  });
});

describe('a file is alone in its folder', () => {
  it('where nothing else is in it', () => {
    const record = write('lock/pid', '4242');
    expect(isAloneInFolder(record)).toBe(true);
    write('lock/owner', 'tower');
    expect(isAloneInFolder(record)).toBe(false);
    fs.rmSync(record);
    expect(isAloneInFolder(record)).toBe(false);
  });

  it('as far as is known where the folder may not be listed', () => {
    expect(isAloneInFolder('/srv/none/pid')).toBe(true);
  });

  it.runIf(process.platform === 'linux')('and the folder is not kept open', () => {
    const record = write('lock/pid', '4242');
    const open = (): number => fs.readdirSync('/proc/self/fd').filter((fd) => leadsTo(fd, at('lock'))).length;
    isAloneInFolder(record);
    write('lock/owner', 'tower');
    isAloneInFolder(record);
    expect(open()).toBe(0);
  });
});

function leadsTo(fd: string, file: string): boolean {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`) === file;
  } catch {
    return false; // it was that of the list itself
  }
}

it('what lies in a folder is read once in a look, for however many services', () => {
  const reads: string[] = [];
  const files = new SiblingFiles((file, limit) => {
    reads.push(path.basename(file));
    return read(file, limit);
  });
  write('bot/b.pid', '4242');
  const look = (own: string): number[] => [
    ...recordedBeside({ paths: [at(own)], processes: [], isApart: () => false }, RIVALS, files).pids,
  ];
  const isOurs = (name: string): boolean => name === 'b.pid';
  expect([look('bot/a.pid'), look('bot/c.pid'), look('bot/b.pid')]).toEqual([[4242], [4242], []]);
  expect(reads.filter(isOurs)).toHaveLength(1);
  write('bot/b.pid', '4300');
  files.clear();
  expect(look('bot/a.pid')).toEqual([4300]);
  expect(reads.filter(isOurs)).toHaveLength(2);
});
