import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Claim } from '../../src/model/facts';
import type { Service } from '../../src/model/service';
import { actorPath, type Actor } from '../fixtures/actors';
import { service } from '../fixtures/observe';
import { eventually } from '../harness/eventually';
import { Stage } from '../fixtures/stage';
import { Watching } from '../fixtures/watching';

describe.runIf(process.platform === 'linux')('what processes of a service own elsewhere', () => {
  let stage: Stage;
  let watching: Watching | undefined;

  const watch = async (...services: Service[]): Promise<void> => {
    watching = await Watching.start(...services);
  };
  const claims = (name: string): Record<number, Claim> =>
    Object.fromEntries(watching?.of(name).claims ?? new Map<number, Claim>());
  /** The holder's script under a name that nothing else on this machine has. */
  let script = '';
  const hold = (name: string, ...more: string[]): Promise<Actor> =>
    stage.startCommand(process.execPath, [script, '--file', lock(name), ...more]);
  const lock = (name: string): string => {
    stage.subfolder(name.slice(0, name.lastIndexOf('/')));
    return stage.path(name);
  };
  const named = (name: string, ...lockFiles: string[]): Service =>
    service(name, { lockFiles: lockFiles.map(lock), process: { kind: 'substring', text: script } });

  beforeEach(() => {
    stage = Stage.open();
    script = stage.path('bot.cjs');
    fs.symlinkSync(actorPath('holder'), script);
  });
  afterEach(async () => {
    watching?.close();
    watching = undefined;
    await stage.close();
  });

  it('is the lock of another watched service, for its holder alone', async () => {
    const [a, b] = [await hold('a/bot.lock'), await hold('b/x.lock')];
    await watch(named('a', 'a/bot.lock'), named('b', 'b/x.lock'));
    expect(claims('a')).toEqual({ [b.pid]: { by: 'holds', path: lock('b/x.lock') } });
    expect(claims('b')).toEqual({ [a.pid]: { by: 'holds', path: lock('a/bot.lock') } });
    // Claims that stay make no facts; a process that sleeps and wakes does.
    await eventually(
      'nothing new',
      async () => watching?.tick(),
      (facts) => facts?.length === 0,
    );
  });

  it('is known at the tick at which it is taken, and no longer once it is given up', async () => {
    const b = await hold('b/x.lock', '--kind', 'none');
    await watch(named('a', 'a/bot.lock'), named('b', 'b/x.lock'));
    expect(watching?.of('a').matched).toEqual([b.pid]);
    expect(claims('a')).toEqual({});
    const c = await hold('b/x.lock');
    await watching?.tick();
    expect(claims('a')).toEqual({ [c.pid]: { by: 'holds', path: lock('b/x.lock') } });
    await c.killHard();
    await watching?.tick();
    expect(claims('a')).toEqual({});
  });

  it('is no lock that both services list: a supervisor’s, say', async () => {
    const one = await hold('s/supervisor.lock');
    await watch(named('a', 'a/bot.lock', 's/supervisor.lock'), named('b', 'b/x.lock', 's/supervisor.lock'));
    expect(watching?.of('a').matched).toEqual([one.pid]);
    expect(claims('a')).toEqual({});
    expect(claims('b')).toEqual({});
  });

  it('is nothing of one that owns a file of the service as well', async () => {
    const become = `"${process.execPath}" ${script} --file "$3"`;
    const shell = stage.file('start.sh', `exec 8>"$1" 9>"$2"; flock -n 8; flock -n 9; exec ${become}\n`);
    const files = ['a/bot.lock', 'b/x.lock', 'c/y.lock'].map(lock);
    const both = await stage.startCommand('sh', [shell, ...files], { roles: ['holder'] });
    await watch(named('a', 'a/bot.lock'), named('b', 'b/x.lock'), named('d', 'd/z.lock'));
    expect(watching?.of('a').matched).toEqual([both.pid]);
    expect([claims('a'), claims('b')]).toEqual([{}, {}]);
    // Near by: a service of which it owns nothing.
    expect(claims('d')).toEqual({ [both.pid]: { by: 'holds', path: lock('a/bot.lock') } });
  });

  it('is no file of the same program that is watched as a service of its own', async () => {
    const one = await hold('a/bot.lock');
    const pidFile = stage.file('a/bot.pid', '');
    await watch(service('lock', { lockFiles: [lock('a/bot.lock')] }), {
      ...named('record'),
      pidFiles: [pidFile],
    });
    expect(watching?.of('record').matched).toEqual([one.pid]);
    expect(claims('record')).toEqual({});
  });

  it('is nothing where the service has no file that somebody could own', async () => {
    const one = await hold('b/x.lock');
    await watch(named('a'), named('b', 'b/x.lock'));
    expect(watching?.of('a').matched).toEqual([one.pid]);
    expect(claims('a')).toEqual({});
  });

  it('is the record of another watched service, unless it is older than the process', async () => {
    const b = await hold('b/any', '--kind', 'none');
    const record = stage.file('b/x.pid', String(b.pid));
    const other = { ...named('b'), pidFiles: [record] };
    await watch(named('a', 'a/bot.lock'), other);
    expect(claims('a')).toEqual({ [b.pid]: { by: 'recorded', path: record } });
    const longAgo = Date.now() / 1000 - 10 * 365 * 86_400;
    fs.utimesSync(record, longAgo, longAgo);
    await watching?.tick();
    expect(claims('a')).toEqual({});
  });

  it('is no record that names what its own service does not run', async () => {
    const b = await hold('b/any', '--kind', 'none');
    const record = stage.file('b/x.pid', String(b.pid));
    const process: Service['process'] = { kind: 'substring', text: 'quite_another.py' };
    await watch(named('a', 'a/bot.lock'), service('b', { pidFiles: [record], process }));
    expect(watching?.of('a').matched).toEqual([b.pid]);
    expect(claims('a')).toEqual({});
  });

  it('is a lock of the same name elsewhere, watched or not, and none of another name', async () => {
    const here = await hold('a/bot.lock');
    const there = await hold('neighbour/bot.lock');
    const other = await hold('neighbour/other.lock');
    await watch(named('a', 'a/bot.lock'));
    expect(watching?.of('a').matched).toEqual([here.pid, there.pid, other.pid].sort((x, y) => x - y));
    expect(claims('a')).toEqual({ [there.pid]: { by: 'holds', path: lock('neighbour/bot.lock') } });
    await there.killHard();
    await watching?.tick();
    expect(claims('a')).toEqual({});
  });

  it('counts for what a matching wrapper runs', async () => {
    const wrapper = stage.file('start.sh', `"${process.execPath}" ${script} --file "$1"; true\n`);
    const one = await stage.startCommand('sh', [wrapper, lock('neighbour/bot.lock')], { roles: ['holder'] });
    await watch({ ...named('a', 'a/bot.lock'), process: { kind: 'substring', text: wrapper } });
    expect(watching?.of('a').matched).toEqual([one.pid]);
    expect(Object.values(claims('a'))).toEqual([{ by: 'holds', path: lock('neighbour/bot.lock') }]);
    expect(claims('a')).not.toHaveProperty(String(one.pid));
  });
});
