import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { service } from '../fixtures/observe';
import { until } from '../fixtures/stage';
import { outside, startInside, whyNot, type OutsideObserver } from './osOutside';

const NOBODY = 65_534;
/** Long enough that the figures stand for a list, and no list is due by itself. */
const QUIET_LOOKS = 4;
const watched = service('a', { process: { kind: 'substring', text: 'sleep 98765' } });
const sleeper = (first: string): string[] => [
  '-c',
  String.raw`echo "{\"ready\":true,\"role\":\"bot\",\"pid\":$$}"; ${first} sleep 98765`,
];

describe.runIf(process.platform === 'linux')('processes that come while little else does', () => {
  const rig = outside({ isOpen: true });

  const lookAround = async (observer: OutsideObserver): Promise<readonly number[]> => {
    let { facts } = await observer.tick();
    for (let look = 1; look < QUIET_LOOKS; look++) ({ facts } = await observer.tick());
    return facts.matched;
  };

  it('are noticed at the next look by who has a PID namespace of its own and the procfs of another', async (context) => {
    const flags = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child'];
    const why = whyNot(...flags);
    if (why !== undefined) context.skip(why);
    const one = await rig.stage.startCommand('sh', sleeper('exec'), { roles: ['bot'] });
    const { observer } = await startInside({ ...rig, flags, script: '', watched, roles: [] });
    expect(await lookAround(observer)).toEqual([one.pid]);
    // As many threads as before, and none of the inner namespace.
    await rig.stage.killHard(one.pid);
    const other = await rig.stage.startCommand('sh', sleeper('exec'), { roles: ['bot'] });
    expect((await observer.tick()).facts.matched).toEqual([other.pid]);
    await observer.close();
  });

  it('are noticed at the next look where they were hidden until they changed their user', async (context) => {
    if (process.getuid?.() !== 0) context.skip('needs root, to be two users');
    const script = 'mount -t proc -o hidepid=2 proc /proc';
    const tried = spawnSync('unshare', ['--mount', 'sh', '-c', script], { encoding: 'utf8' });
    if (tried.status !== 0) context.skip(`no procfs of one’s own: ${tried.stderr.trim()}`);
    const user = `--reuid=${NOBODY} --regid=${NOBODY} --clear-groups`;
    const args = sleeper(`read -r go; exec setpriv ${user}`);
    const one = await rig.stage.startCommand('sh', args, { roles: ['bot'] });
    const become = `setpriv ${user}`;
    const inside = { ...rig, flags: ['--mount'], script, watched, roles: [], become };
    const { observer } = await startInside(inside);
    expect(await lookAround(observer)).toEqual([]);
    one.say('go');
    await until(() => fs.statSync(`/proc/${one.pid}`).uid === NOBODY, 'it does not run as the other user');
    expect((await observer.tick()).facts.matched).toEqual([one.pid]);
    await observer.close();
  });
});
