/** What shows that the service of a record lives on, and where that may be hidden: as the kernel would show it. */
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SignsOfLife } from '../../../src/model/facts';
import { BesideRecords } from '../../../src/os/linux/life/beside';
import { signsOfLife } from '../../../src/os/linux/life/index';
import { Paths } from '../../../src/os/linux/life/paths';
import { Served } from '../../../src/os/linux/life/served';
import type { ProcessControl } from '../../../src/os/platform';
import { withFaults, type Rule } from '../../faults/inject';
import { SHOWN_PID, whileShown, withShown, type Shown } from '../../fixtures/shownProc';
import { host, proc } from '../model/build';

let folder = '';
beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'signs-')));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => path.join(folder, name);
const write = (name: string, text: string): string => {
  fs.writeFileSync(at(name), text);
  return at(name);
};

const web = proc(SHOWN_PID, 'node web.js');
const control = (runs: boolean): ProcessControl => ({
  open: () =>
    runs
      ? ({ read: () => web, close: () => undefined } as unknown as ReturnType<ProcessControl['open']>)
      : undefined,
});

/** All that this machine runs. */
const RUNS: Shown = {
  '/proc/': '',
  [`/proc/${SHOWN_PID}/stat`]: `${SHOWN_PID} (node) S 1`,
  [`/proc/${SHOWN_PID}/cmdline`]: 'node\0web.js\0',
};
const HIDING = '22 1 0:21 / /proc rw - proc proc rw,hidepid=2\n';

async function signs(record: string, shown: Shown = {}, runs = true): Promise<SignsOfLife | undefined> {
  const found = await whileShown({ ...RUNS, ...shown }, () =>
    signsOfLife([record], host(), control(runs), () => false),
  );
  return found.get(record);
}

describe.runIf(process.platform === 'linux')('of a record', () => {
  it('nothing is said where nothing is found and nothing is hidden', async () => {
    expect(await signs(write('bot.pid', '4242'))).toBeUndefined();
  });

  it('who names it is said, while that one can be looked up', async () => {
    const record = write('bot.pid', '4242');
    const cmdline = { [`/proc/${SHOWN_PID}/cmdline`]: `node\0web.js\0${record}\0` };
    expect(await signs(record, cmdline)).toEqual({
      naming: [{ process: web, by: 'arguments' }],
      served: [],
      beside: [],
    });
    expect(await signs(record, cmdline, false)).toBeUndefined();
  });

  it('who names it is said also where it is a link that leads nowhere, or has gone', async () => {
    const record = at('lock');
    const cmdline = { [`/proc/${SHOWN_PID}/cmdline`]: `node\0web.js\0${record}\0` };
    expect((await signs(record, cmdline))?.naming).toHaveLength(1);
    fs.symlinkSync('tower:+4242', record);
    expect((await signs(record, cmdline))?.naming).toHaveLength(1);
    expect((await signs('/srv/none/lock', cmdline))?.naming).toBeUndefined();
  });

  it('who names it by the pid in it is said', async () => {
    const cmdline = { [`/proc/${SHOWN_PID}/cmdline`]: 'node\0--parent-pid=4242\0' };
    expect((await signs(write('bot.pid', '4242'), cmdline))?.naming).toMatchObject([{ by: 'pid' }]);
    expect(await signs(write('bot.pid', '4243'), cmdline)).toBeUndefined();
  });

  it('what it names that is served is said, and what lies beside it', async () => {
    const text = `4242\n${at('bot.sock')}\n`;
    const unix = `Num\n0: 00000002 00000000 00010000 0001 01     9 ${at('bot.sock')}\n`;
    const nothing = { naming: [], served: [], beside: [] };
    const served = { '/proc/self/net/unix': unix, [`/proc/${SHOWN_PID}/net/unix`]: unix };
    expect(await signs(write('bot.pid', text), served)).toEqual({ ...nothing, served: [at('bot.sock')] });
    const by = { path: write('bot.worker.pid', '4243'), is: 'record', process: web };
    expect(await signs(write('bot.pid', '4242'))).toEqual({ ...nothing, beside: [by] });
  });

  it.each<[string, (file: string) => string]>([
    ['its path as it is watched', (file) => file],
    ['what its folder is called without links', () => at('real/bot.pid')],
    ['what it leads to', () => at('store/bot-7.pid')],
  ])('%s is its name, also where who says it is in a world of its own', async (_, nameOf) => {
    for (const name of ['real', 'store']) fs.mkdirSync(at(name));
    fs.symlinkSync('real', at('link'));
    write('store/bot-7.pid', '4242');
    fs.symlinkSync(at('store/bot-7.pid'), at('real/bot.pid'));
    const record = at('link/bot.pid');
    const shown = {
      [`/proc/${SHOWN_PID}/cmdline`]: `node\0${nameOf(record)}\0`,
      [`/proc/${SHOWN_PID}/root`]: { link: '/srv/jail' },
    };
    expect((await signs(record, shown))?.naming).toHaveLength(1);
  });

  it.each<[string, Shown]>([
    ['no process shows', { '/proc/': { refused: 'EACCES' } }],
    ['a process shows nothing', { [`/proc/${SHOWN_PID}/cmdline`]: { refused: 'EACCES' } }],
    ['the sockets do not show', { '/proc/self/net/unix': { refused: 'EACCES' } }],
    [
      'more links are named than are followed',
      {
        [`/proc/${SHOWN_PID}/cmdline`]: Array.from(
          { length: 1100 },
          (_, index) => `/srv/none/${index}/bot.pid`,
        ).join('\0'),
      },
    ],
  ])('something is unseen where %s', async (_, shown) => {
    expect((await signs(write('bot.pid', '4242'), shown))?.unseen).toBe(true);
  });

  it('something is unseen where the locks do not show, as soon as anything lies beside it', async () => {
    const record = write('bot.pid', '4242');
    const hidden = { '/proc/locks': { refused: 'EACCES' } } as const;
    expect(await signs(record, hidden)).toBeUndefined();
    write('bot.lock', '');
    expect((await signs(record, hidden))?.unseen).toBe(true);
  });

  it('something is unseen where other users’ processes are hidden, but to root', async () => {
    const record = write('bot.pid', '4242');
    const own = process.geteuid;
    const seenBy = async (uid: number, mountinfo: Shown[string]): Promise<boolean> => {
      process.geteuid = () => uid;
      return (await signs(record, { '/proc/self/mountinfo': mountinfo }))?.unseen === true;
    };
    try {
      expect(await seenBy(1000, HIDING)).toBe(true);
      expect(await seenBy(0, HIDING)).toBe(false);
      expect(await seenBy(1000, HIDING.replace(',hidepid=2', ''))).toBe(false);
      expect(await seenBy(1000, { refused: 'EACCES' })).toBe(true);
    } finally {
      if (own !== undefined) process.geteuid = own;
    }
  });
});

describe.runIf(process.platform === 'linux')('beside a record', () => {
  const beside = (shown: Shown = {}, isServed = false) => {
    const served = new Served(new Paths(() => false), { of: [], isCut: false });
    served.isServed = () => isServed;
    const process = (pid: number) => (pid === 4242 ? proc(4242, 'node web.js') : undefined);
    const records = new BesideRecords({ host: host(), served, process });
    const found = withShown(shown, () => records.of(at('bot.pid'))).map(({ path: file, is }) => [
      path.basename(file),
      is,
    ]);
    return { found, isBlind: records.isBlind };
  };

  it('is one of a live process, by what it says and when', () => {
    write('bot.worker.pid', '4242\n');
    write('bot.other.pid', '4243\n');
    write('bottle.pid', '4242\n');
    expect(beside().found).toEqual([['bot.worker.pid', 'record']]);
    fs.utimesSync(at('bot.worker.pid'), 1_700_000_000, 1_700_000_000);
    expect(beside().found).toEqual([]);
  });

  it('is no number of which nothing says that it is a pid', () => {
    write('bot.state', '4242\n');
    expect(beside().found).toEqual([]);
  });

  it('is nothing that is no file, and no link, wherever that leads', () => {
    fs.mkdirSync(at('bot.d'));
    write('worker.pid', '4242\n');
    fs.symlinkSync('worker.pid', at('bot.worker.pid'));
    expect(beside().found).toEqual([]);
  });

  it('is nothing that has gone meanwhile, and nothing in a folder that may not be listed', () => {
    write('bot.a.pid', '4242\n');
    write('bot.b.pid', '4242\n');
    expect(beside({ [at('bot.a.pid')]: { refused: 'ENOENT' } }).found).toEqual([['bot.b.pid', 'record']]);
    expect(beside({ [`${folder}/`]: { refused: 'EACCES' } }).found).toEqual([]);
  });

  it('is nothing that may not be read', async () => {
    write('bot.a.pid', '4242\n');
    const rule: Rule = ({ operation, path: file }) =>
      operation === 'openSync' && file === at('bot.a.pid') ? 'EACCES' : undefined;
    expect(await withFaults(rule, () => Promise.resolve(beside().found))).toEqual([]);
  });

  it('is a record also where the locks do not show, which is said', () => {
    expect(beside({ '/proc/locks': { refused: 'EACCES' } })).toEqual({ found: [], isBlind: false });
    for (const name of ['bot.a.pid', 'bot.b.pid']) write(name, '4242\n');
    const found = ['bot.a.pid', 'bot.b.pid'].map((name) => [name, 'record']);
    expect(beside({ '/proc/locks': { refused: 'EACCES' } })).toEqual({ found, isBlind: true });
    expect(beside()).toEqual({ found, isBlind: false });
  });

  it('is a socket where someone serves it', async () => {
    const server = createServer().listen(at('bot.sock'));
    await once(server, 'listening');
    try {
      expect(beside({}, true).found).toEqual([['bot.sock', 'served']]);
      expect(beside({}, false).found).toEqual([]);
    } finally {
      server.close();
    }
  });
});
