/** Which processes name a file, as the kernel shows what they were started with, where, and in which world. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drain } from '../../../src/common/steps';
import { processesNaming, type NamedFile } from '../../../src/os/linux/life/naming';
import { Paths } from '../../../src/os/linux/life/paths';
import { SHOWN_PID, withShown, type Shown } from '../../fixtures/shownProc';

let folder = '';
beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'naming-')));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

interface Shows {
  words?: readonly string[];
  env?: readonly string[];
  cwd?: string;
  root?: string;
  mounts?: string;
}

const joined = (texts: readonly string[]): string => texts.map((text) => `${text}\0`).join('');

function shownOf(pid: number, { words = [], env = [], cwd, root = '/', mounts }: Shows): Shown {
  const at = `/proc/${pid}`;
  return {
    [`${at}/stat`]: `${pid} (bot) S 1`,
    [`${at}/cmdline`]: joined(words),
    [`${at}/environ`]: joined(env),
    ...(cwd === undefined ? {} : { [`${at}/cwd`]: { link: cwd } }),
    [`${at}/root`]: { link: root },
    [`${at}/ns/mnt`]: { link: mounts ?? fs.readlinkSync('/proc/self/ns/mnt') },
  };
}

const RECORD = '/srv/none/run/x.pid';

/** How one process that shows this names the file, if it does. */
function namedBy(shows: Shows, file: NamedFile = { names: [RECORD] }): string | undefined {
  const paths = new Paths(() => false);
  const { found } = withShown(shownOf(SHOWN_PID, shows), () =>
    drain(processesNaming([SHOWN_PID], new Map([['it', file]]), paths)),
  );
  return found.get('it')?.[0]?.by;
}

describe.runIf(process.platform === 'linux')('a process', () => {
  it('names a file by its words before all else, then its pid, then by a variable', () => {
    const file = { names: [RECORD], pid: 4242 };
    const env = [`PIDFILE=${RECORD}`];
    expect(namedBy({ words: ['bot', RECORD, '--ppid=4242'], env }, file)).toBe('arguments');
    expect(namedBy({ words: ['bot', '--ppid=4242'], env }, file)).toBe('pid');
    expect(namedBy({ words: ['bot'], env }, file)).toBe('environment');
    expect(namedBy({ words: ['bot'], env: [`PIDFILE=${RECORD}.bak`] }, file)).toBeUndefined();
    expect(namedBy({ words: ['bot', '--ppid=4242'] })).toBeUndefined();
    expect(namedBy({ words: ['bot', '--ppid=undefined'] })).toBeUndefined();
  });

  it('names it by a variable as JSON writes it, and by a word as a shell does', () => {
    expect(namedBy({ words: ['bot'], env: [`CONFIG={"pid":"${RECORD.replaceAll('/', '\\/')}"}`] })).toBe(
      'environment',
    );
    expect(namedBy({ words: ['sh', '-c', 'bot /srv/none/run/x%2Epid'] })).toBe('arguments');
  });

  it('names it by a pattern where it does not say its name', () => {
    expect(namedBy({ words: ['celery', '--pidfile=/srv/none/run/%n.pid'] })).toBe('arguments');
    expect(namedBy({ words: ['celery', '--pidfile=/srv/none/log/%n.pid'] })).toBeUndefined();
  });

  it.each<[string, Shows, boolean]>([
    ['where it works', { words: ['bot', 'run/x.pid'], cwd: '/srv/none' }, true],
    ['elsewhere', { words: ['bot', 'run/x.pid'], cwd: '/srv/other' }, false],
    ['where its shell started it', { words: ['bot', 'run/x.pid'], cwd: '/', env: ['PWD=/srv/none'] }, true],
    [
      'where its shell started it, and not where that was before',
      { words: ['bot', 'run/x.pid'], cwd: '/', env: ['OLDPWD=/srv/other', 'PWD=/srv/none'] },
      true,
    ],
    [
      'where its shell started it, and not elsewhere',
      { words: ['bot', 'x.pid'], cwd: '/', env: ['PWD=/srv'] },
      false,
    ],
    ['anywhere, once it has left for the root', { words: ['bot', 'x.pid'], cwd: '/' }, true],
    ['anywhere, where it is not known where it works', { words: ['bot', 'x.pid'] }, true],
    ['anywhere, whatever folder it names', { words: ['bot', '-c', '/srv/none', 'x.pid'] }, true],
    [
      'in a folder that it names',
      { words: ['bot', '-p', '/srv/none', 'run/x.pid'], cwd: '/srv/other' },
      true,
    ],
  ])('names it by a relative name %s', (_, shows, isNamed) => {
    expect(namedBy(shows)).toBe(isNamed ? 'arguments' : undefined);
  });

  it('names it through a link of a folder, also where the file is a link that leads nowhere, and in its own world only', () => {
    fs.mkdirSync(path.join(folder, 'one'));
    fs.symlinkSync('one', path.join(folder, 'current'));
    const record = path.join(folder, 'one', 'lock');
    fs.symlinkSync('tower:+4242', record);
    const words = ['bot', path.join(folder, 'current', 'lock')];
    const file = { names: [record] };
    expect(namedBy({ words }, file)).toBe('arguments');
    expect(namedBy({ words, root: '/srv/jail' }, file)).toBeUndefined();
    expect(namedBy({ words, mounts: 'mnt:[1]' }, file)).toBeUndefined();
    // Its own name counts in any world.
    expect(namedBy({ words: ['bot', record], mounts: 'mnt:[1]' }, file)).toBe('arguments');
  });

  it('names it through a link that is called as the file', () => {
    const record = path.join(folder, 'x.pid');
    fs.writeFileSync(record, '4242');
    fs.mkdirSync(path.join(folder, 'run'));
    fs.symlinkSync(record, path.join(folder, 'run', 'x.pid'));
    const words = ['bot', path.join(folder, 'run', 'x.pid')];
    expect(namedBy({ words }, { names: [record] })).toBe('arguments');
  });

  it('of another user shows no root, and its links count all the same', () => {
    fs.mkdirSync(path.join(folder, 'one'));
    fs.symlinkSync('one', path.join(folder, 'current'));
    fs.writeFileSync(path.join(folder, 'one', 'x.pid'), '4242');
    const shown = shownOf(SHOWN_PID, { words: ['bot', path.join(folder, 'current', 'x.pid')] });
    const hidden = { [`/proc/${SHOWN_PID}/root`]: { refused: 'EACCES' } };
    const files = new Map([['it', { names: [path.join(folder, 'one', 'x.pid')] }]]);
    const { found } = withShown({ ...shown, ...hidden }, () =>
      drain(processesNaming([SHOWN_PID], files, new Paths(() => false))),
    );
    expect(found.get('it')).toHaveLength(1);
  });
});

describe.runIf(process.platform === 'linux')('of several processes', () => {
  const files = new Map([['it', { names: [RECORD] }]]);
  const look = (pids: readonly number[], shown: Shown) =>
    withShown(shown, () => drain(processesNaming(pids, files, new Paths(() => false))));
  const naming = (pid: number): Shown => shownOf(pid, { words: ['bot', RECORD] });

  it('this one does not count', () => {
    const own = { [`/proc/${process.pid}/cmdline`]: joined(['code', RECORD]) };
    const { found } = look([process.pid, SHOWN_PID], { ...own, ...naming(SHOWN_PID) });
    expect(found.get('it')?.map(({ pid }) => pid)).toEqual([SHOWN_PID]);
  });

  it('no more are said than say something', () => {
    const pids = Array.from({ length: 12 }, (_, index) => SHOWN_PID + index);
    const { found } = look(pids, Object.assign({}, ...pids.map(naming)) as Shown);
    expect(found.get('it')).toHaveLength(8);
  });

  it('one that does not show what it runs hides something, unless it has ended', () => {
    const at = `/proc/${SHOWN_PID}`;
    const refused = { [`${at}/cmdline`]: { refused: 'EACCES' } };
    expect(look([SHOWN_PID], { ...refused, [`${at}/stat`]: '1 (bot) S 1' }).isBlind).toBe(true);
    expect(
      look([SHOWN_PID, SHOWN_PID + 1], { ...naming(SHOWN_PID), ...refused, ...naming(SHOWN_PID + 1) })
        .isBlind,
    ).toBe(true);
    expect(look([SHOWN_PID], refused).isBlind).toBe(false);
    expect(look([SHOWN_PID], naming(SHOWN_PID)).isBlind).toBe(false);
    // A thread of the kernel was started with nothing.
    expect(look([SHOWN_PID], shownOf(SHOWN_PID, {}))).toEqual({ found: new Map(), isBlind: false });
  });
});
