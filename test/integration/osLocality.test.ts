import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LockFileFacts } from '../../src/model/facts';
import { service } from '../fixtures/observe';
import { outside, startInside, whyNot } from './osOutside';

const NESTED = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];
const why = whyNot(...NESTED);

describe.skipIf(why !== undefined)('in a nested PID namespace (needs unshare)', () => {
  const rig = outside();

  /** What the observer says of each of these paths of the stage, after `script` has run inside. */
  async function seenInside(script: string, paths: readonly string[]): Promise<readonly LockFileFacts[]> {
    const watched = service('a', { lockFiles: paths.map((path) => rig.stage.path(path)) });
    const { observer } = await startInside({ ...rig, flags: NESTED, script, watched, roles: [] });
    const { facts } = await observer.tick();
    await observer.close();
    return facts.lockFiles;
  }

  it('a tmpfs mounted inside is its own, to the last file; a folder from outside is shared', async () => {
    fs.mkdirSync(rig.stage.path('m'));
    fs.mkdirSync(rig.stage.path('b'));
    const [own, absent, link, bound] = await seenInside(
      `mount -t tmpfs t "$D/m"; : > "$D/m/a.lock"; ln -s host-1 "$D/m/SingletonLock"
       : > "$D/x.lock"; mount --bind "$D" "$D/b"`,
      ['m/a.lock', 'm/none.lock', 'm/SingletonLock', 'b/x.lock'],
    );
    for (const file of [own, absent, link]) expect(file?.foreign).toBeUndefined();
    expect(own).toMatchObject({ file: { status: 'file' }, locks: [], certainty: 'certain' });
    expect(bound).toMatchObject({ foreign: 'outsideNamespace', certainty: 'unknown' });
  });

  it('a record in a link, or a file yet to come, may be that of a process outside', async () => {
    fs.symlinkSync('some-host-4242', rig.stage.path('SingletonLock'));
    const [link, absent] = await seenInside('', ['SingletonLock', 'none.lock']);
    expect(link).toMatchObject({ file: { status: 'symlink' }, foreign: 'outsideNamespace' });
    expect(absent).toMatchObject({ file: { status: 'absent' }, foreign: 'outsideNamespace' });
    fs.rmSync(rig.stage.path('SingletonLock'));
  });
});
