/** What speaks for a live process of a recorded number, the strongest first, and what speaks against it. */
import { describe, expect, it } from 'vitest';
import type { FileFacts, ProcessFacts } from '../../../src/model/facts';
import type { PidRecord } from '../../../src/model/records/pidRecordTypes';
import { ProcessTree } from '../../../src/model/processes/processTree';
import { contradictionOf, fitOf, isShownOther } from '../../../src/model/records/writer';
import { facts, file, proc, without, type Given } from './build';

/** Nothing but its number speaks for it. */
const plain = proc(300, 'java -jar shop.jar', { cwd: '/', startedAgo: 86_400 });
const more = (fields: Partial<ProcessFacts>): ProcessFacts => ({ ...plain, ...fields });

interface Case extends Given {
  process?: ProcessFacts;
  record?: Partial<PidRecord>;
  path?: string;
  of?: Partial<FileFacts>;
  /** It runs what `process` names, in another folder. */
  misplaced?: true;
}

function both({ process = plain, record, path = '/run/x.pid', of, misplaced, ...given }: Case) {
  const made = facts({ ...given, processes: [process, ...(given.processes ?? [])] });
  const all = misplaced === true ? { ...made, misplaced: [process.pid] } : made;
  const written = {
    record: { shape: 'integer' as const, pid: 300, ...record },
    file: { ...file(path), ...of },
  };
  const tree = new ProcessTree(all.processes, all.host);
  return [fitOf(written, process, all, tree), contradictionOf(written, process, all, tree)];
}
const fit = (given: Case) => both(given)[0];
const contradiction = (given: Case) => both(given)[1];

const shop = { process: { kind: 'substring', text: 'shop.jar' } } as const;
const ofOther = { process: { kind: 'substring', text: 'other.jar' } } as const;
const start = plain.startTime ?? 0;
const writtenAt = (ms: number): Case => ({ of: { mtimeNs: BigInt(ms) * 1_000_000n } });

describe('what speaks for it', () => {
  it.each<[string, Case, string | undefined]>([
    ['nothing', {}, undefined],
    ['`process`', { service: shop }, 'named'],
    ['the `process` of something else', { service: ofOther }, undefined],
    [
      'a relative that `process` names',
      {
        process: more({ ppid: 200 }),
        processes: [proc(200, 'java -jar other.jar', { startedAgo: 90_000 })],
        service: ofOther,
      },
      'named',
    ],
    [
      'a stranger that `process` names',
      { processes: [proc(200, 'java -jar other.jar')], service: ofOther },
      undefined,
    ],
    [
      'a name that the file has only without its middle',
      { process: more({ argv: ['/opt/shop.minimal'], exe: '/opt/shop.minimal' }), path: '/run/shopal.pid' },
      undefined,
    ],
    ['a match that has ended', { matched: [77], service: ofOther }, undefined],
    [
      'the short name of the tool',
      { process: more({ argv: [], comm: 'Shop' }), service: { programs: ['shop'] } },
      'named',
    ],
    [
      'the interpreter, whatever its first thread is called',
      {
        process: more({ argv: ['/usr/bin/node', 'server.js'], comm: 'MainThread' }),
        service: { programs: ['node'] },
      },
      'named',
    ],
    [
      'an interpreter of a like name',
      {
        process: more({ argv: ['/usr/bin/nodex', 'server.js'], comm: 'MainThread' }),
        service: { programs: ['node'] },
      },
      undefined,
    ],
    [
      'the tool in a folder of its name',
      {
        process: more({ argv: ['node', '/ws/nuxt/node_modules/.bin/nuxt', 'dev'] }),
        service: { programs: ['nuxt'] },
      },
      'named',
    ],
    [
      'what else is in that folder',
      {
        process: more({ argv: ['node', '/ws/nuxt/node_modules/.bin/vite'] }),
        service: { programs: ['nuxt'] },
      },
      undefined,
    ],
    ['the command line of the tool', { service: { programs: ['SHOP.jar'] } }, 'named'],
    ['one of the tool’s names', { service: { programs: ['a', 'shop'] } }, 'named'],
    ['another tool', { service: { programs: ['redis', 'sho'] } }, undefined],
    [
      'no command line',
      { process: more({ argv: [], comm: 'x' }), service: { programs: ['shop'] } },
      undefined,
    ],
    [
      'the recorded program',
      { record: { argv: ['/usr/bin/java', '-jar', '/opt/shop.jar'] } },
      'recordedProgram',
    ],
    [
      'the recorded program of another path',
      { process: more({ argv: ['shopd'] }), record: { argv: ['/opt/shopd'] } },
      'recordedProgram',
    ],
    ['a recorded word', { record: { argv: ['', 'shop.jar'] } }, 'recordedProgram'],
    [
      'an empty recorded word',
      { process: more({ argv: ['java', '', 'x'] }), record: { argv: ['a', ''] } },
      undefined,
    ],
    ['another recorded program', { record: { argv: ['ruby', 'x.rb'] } }, undefined],
    [
      'recorded arguments, but none shown',
      { process: more({ argv: [] }), record: { argv: ['java'] } },
      undefined,
    ],
    ['no recorded argument', { record: { argv: [] } }, undefined],
    ['its start', { record: { startedAt: start } }, 'recordedStart'],
    ['its start within 5 s', { record: { startedAt: start + 5000 } }, 'recordedStart'],
    ['its start within 5 s before', { record: { startedAt: start - 5000 } }, 'recordedStart'],
    ['a later start', { record: { startedAt: start + 5001 } }, undefined],
    ['an earlier start', { record: { startedAt: start - 5001 } }, undefined],
    ['a file of its start', writtenAt(start), 'writtenAtStart'],
    ['a file of two minutes later', writtenAt(start + 120_000), 'writtenAtStart'],
    ['a file of after two minutes', writtenAt(start + 120_001), undefined],
    ['a file of 5 s before', writtenAt(start - 5000), 'writtenAtStart'],
    ['an older file', writtenAt(start - 5001), undefined],
    ['the file’s own folder', { process: more({ cwd: '/srv/a' }), path: '/srv/a/x.pid' }, 'directory'],
    ['a folder below', { process: more({ cwd: '/srv/a/b/c' }), path: '/srv/a/x.pid' }, 'directory'],
    ['a folder above', { process: more({ cwd: '/srv' }), path: '/srv/a/b/x.pid' }, 'directory'],
    [
      'a folder whose name begins so',
      { process: more({ cwd: '/srv/app' }), path: '/srv/a/x.pid' },
      undefined,
    ],
    [
      'a file whose folder begins so',
      { process: more({ cwd: '/srv/a' }), path: '/srv/app/x.pid' },
      undefined,
    ],
    ['everybody’s folder', { process: more({ cwd: '/home/ann' }), path: '/home/ann/b/x.pid' }, undefined],
    ['a file in everybody’s folder', { process: more({ cwd: '/tmp/a' }), path: '/tmp/x.pid' }, undefined],
    ['a file at the root', { process: more({ cwd: '/srv' }), path: '/x.pid' }, undefined],
    ['the name of the file', { path: '/run/my-Shop_1.pid' }, 'fileName'],
    ['a part of the name of the file', { path: '/run/shopping.pid' }, undefined],
    ['a name of two letters', { process: more({ argv: ['/usr/bin/ab'] }), path: '/run/ab.pid' }, undefined],
    [
      'a name of three letters',
      { process: more({ argv: ['/usr/bin/abc'] }), path: '/run/abc.pid' },
      'fileName',
    ],
  ])('%s', (_, given, expected) => {
    expect(fit(given)).toBe(expected);
  });

  it('is the strongest of all', () => {
    const all: Case = {
      service: shop,
      process: more({ cwd: '/srv/shop' }),
      path: '/srv/shop/shop.pid',
      record: { argv: ['java', '-jar', 'shop.jar'], startedAt: start },
      ...writtenAt(start),
    };
    expect(fit(all)).toBe('named');
    expect(fit({ ...all, service: {} })).toBe('recordedProgram');
    expect(fit({ ...all, service: {}, record: without(all.record ?? {}, 'argv') })).toBe('recordedStart');
    expect(fit({ ...all, service: {}, record: {} })).toBe('writtenAtStart');
    expect(fit({ ...all, service: {}, record: {}, of: {} })).toBe('directory');
    expect(fit({ service: {}, path: '/srv/shop/shop.pid' })).toBe('fileName');
  });

  it('is its command, where whether its folder fits cannot be determined', () => {
    const misplaced: Case = { service: ofOther, misplaced: true, ...writtenAt(start) };
    expect(fit(misplaced)).toBe('command');
    expect(fit({ ...misplaced, process: more({ cwd: '/srv/b' }) })).toBe('writtenAtStart');
  });

  it('is no time and no folder where the process shows none', () => {
    const bare = without(plain, 'startTime', 'cwd');
    expect(
      fit({ process: bare, record: { startedAt: 0 }, ...writtenAt(0), path: '/srv/x.pid' }),
    ).toBeUndefined();
    const unwritten = without(file('/run/x.pid'), 'mtimeNs');
    const all = facts({});
    const record = { shape: 'integer' as const };
    expect(
      fitOf({ record, file: unwritten }, plain, all, new ProcessTree(all.processes, all.host)),
    ).toBeUndefined();
  });
});

describe('what speaks against it', () => {
  const own = { ownPids: [300] };
  const tmux = more({ argv: ['tmux'], comm: 'tmux' });
  it.each<[string, Case, string | undefined]>([
    ['nothing', {}, undefined],
    [
      'that it is part of the kernel',
      { process: more({ kernelThread: true }), service: shop },
      'kernelThread',
    ],
    ['that it keeps the system running', { process: more({ pid: 1 }) }, 'init'],
    ['that it is this window', { host: own }, 'ownAncestor'],
    ['not where it is named', { host: own, service: shop }, undefined],
    ['nor where the record says so', { host: own, record: { argv: ['java', 'shop.jar'] } }, undefined],
    ['nor where the file is called so', { host: own, path: '/run/shop.pid' }, undefined],
    [
      'but where only its folder fits',
      { host: own, process: more({ cwd: '/run/a' }), path: '/run/a/x.pid' },
      'ownAncestor',
    ],
    ['not where its command fits', { host: own, service: ofOther, misplaced: true }, undefined],
    ['that it starts other things', { process: tmux }, 'launcher'],
    ['not where it is called so', { process: tmux, path: '/run/tmux.pid' }, undefined],
    ['that `process` names another', { service: ofOther }, 'process'],
    [
      'although its folder fits',
      { service: ofOther, process: more({ cwd: '/run/a' }), path: '/run/a/x.pid' },
      'process',
    ],
    [
      'that it works in another folder than `process` names',
      { service: ofOther, misplaced: true, process: more({ cwd: '/srv/b' }) },
      'folder',
    ],
    [
      'not where its folder cannot be read',
      { service: ofOther, misplaced: true, process: without(plain, 'cwd') },
      undefined,
    ],
    ['nor where it is a daemon that left for /', { service: ofOther, misplaced: true }, undefined],
    ['nor where it shows no arguments', { service: ofOther, process: more({ argv: [] }) }, undefined],
    [
      'nor then, whatever its file is',
      { service: ofOther, process: more({ argv: [], exe: '/usr/sbin/nginx' }) },
      undefined,
    ],
    [
      'nor where a title is shown and its file is not',
      { service: ofOther, process: { ...without(plain, 'exe'), argv: ['bot worker'] } },
      undefined,
    ],
    [
      'nor where an interpreter has a title',
      { service: ofOther, process: more({ argv: ['bot worker'], exe: '/usr/bin/node' }) },
      undefined,
    ],
    [
      'nor where its title is one word',
      { service: ofOther, process: more({ argv: ['bot'], exe: '/usr/bin/node' }) },
      undefined,
    ],
    [
      'nor where a title is all that is shown',
      { service: ofOther, process: more({ argv: ['bot worker'] }) },
      undefined,
    ],
    [
      'but where the program itself has the title',
      { service: ofOther, process: more({ argv: ['nginx: worker'], exe: '/usr/sbin/nginx' }) },
      'process',
    ],
    [
      'and where an interpreter shows its script',
      { service: ofOther, process: more({ argv: ['node', 'x.js'], exe: '/usr/bin/node' }) },
      'process',
    ],
    [
      'not where an unknown option may have taken a word',
      { service: ofOther, process: more({ argv: ['java', '--unknown', 'a', '-jar', 'other.jar'] }) },
      undefined,
    ],
    [
      'but where the text is an argument of a script',
      { service: ofOther, process: more({ argv: ['java', '-jar', 'a.jar', 'other.jar'] }) },
      'process',
    ],
    [
      'and where its file is not known, but its script is shown',
      { service: ofOther, process: more({ argv: ['node', 'x.js'], exe: undefined as never }) },
      'process',
    ],
    [
      'and where the text is an argument of a program',
      { service: ofOther, process: more({ argv: ['srv', '--unknown', 'a', 'other.jar'], exe: '/opt/srv' }) },
      'process',
    ],
    [
      'and where it is an argument of a script without an option before it',
      { service: ofOther, process: more({ argv: ['node', 'a', 'other.jar'], exe: '/usr/bin/node' }) },
      'process',
    ],
    [
      'and where the text is the value of that very option',
      {
        service: ofOther,
        process: more({ argv: ['java', '--unknown=other.jar', 'a'], exe: '/usr/bin/java' }),
      },
      'process',
    ],
    [
      'and where a pattern is wanted that names nothing',
      {
        service: { process: { kind: 'regex', source: 'other[.]jar', flags: '' } },
        process: more({ argv: ['java', '--unknown', 'a', '-jar', 'other.jar'] }),
      },
      'process',
    ],
    [
      'and where the text stands before what may have been misread',
      {
        service: ofOther,
        process: more({ argv: ['java', '-cp', 'other.jar', '--unknown', 'a'], exe: '/usr/bin/java' }),
      },
      'process',
    ],
    [
      'not by the list of programs where its command fits',
      { service: { ...ofOther, programs: ['redis'] }, misplaced: true },
      undefined,
    ],
    [
      'that the preset expects another',
      { service: { ...ofOther, origin: { kind: 'preset', preset: 'x' } } },
      'preset',
    ],
    [
      'that the programs of the preset are others',
      { service: { ...ofOther, programs: ['redis'], origin: { kind: 'preset', preset: 'x' } } },
      'program',
    ],
    ['that the tool is another', { service: { programs: ['redis'] } }, 'program'],
    [
      'not where it shows no arguments',
      { process: more({ argv: [] }), service: { programs: ['redis'] } },
      undefined,
    ],
    ['that the record says another', { record: { argv: ['ruby', 'x.rb'] } }, 'recordedProgram'],
    ['that the file is another user’s', { of: { uid: 1001 } }, 'user'],
    [
      'not where the record has its start: who started it wrote the file',
      { of: { uid: 1001 }, record: { startedAt: start } },
      undefined,
    ],
    [
      'but where it has the start of another number',
      { of: { uid: 1001 }, record: { pid: 9, startedAt: start } },
      'user',
    ],
    ['not where the file is root’s', { of: { uid: 0 } }, undefined],
    ['not where it is root’s', { process: more({ uid: 0 }), of: { uid: 1001 } }, undefined],
    [
      'not where no user is shown',
      { process: { pid: 300, comm: 'x', argv: [] }, of: { uid: 1001 } },
      undefined,
    ],
    ['that it calls itself otherwise', { process: more({ nsPids: [300, 7] }) }, 'namespace'],
    [
      'not where the record is of that number',
      { process: more({ nsPids: [300, 7] }), record: { pid: 7 } },
      undefined,
    ],
    ['nor of neither', { process: more({ nsPids: [300, 7] }), record: { pid: 9 } }, undefined],
    ['nor where both numbers are one', { process: more({ nsPids: [5, 300] }) }, undefined],
    ['nor of three, where the innermost is', { process: more({ nsPids: [300, 7, 300] }) }, undefined],
  ])('%s', (_, given, expected) => {
    expect(contradiction(given)).toBe(expected);
  });
});

describe('whether it shows that it is another program', () => {
  const isOther = ({ process = plain, misplaced, ...given }: Case): boolean => {
    const made = facts({ ...given, processes: [process] });
    return isShownOther(process, misplaced === true ? { ...made, misplaced: [process.pid] } : made);
  };

  it.each<[string, Case, boolean]>([
    ['where `process` names another', { service: ofOther }, true],
    ['not where `process` names it', { service: shop }, false],
    ['not where `process` names it in another folder', { service: ofOther, misplaced: true }, false],
    ['not where nothing is said of processes', {}, false],
    ['not where it shows nothing', { service: ofOther, process: more({ argv: [] }) }, false],
  ])('%s', (_, given, is) => {
    expect(isOther(given)).toBe(is);
  });
});
