/** A lock table that something else is mounted over: it reads as if nothing were locked. */
import { describe, expect, it } from 'vitest';
import { service } from '../fixtures/observe';
import { outside, startInside, whyNot } from './osOutside';

const MOUNTS = ['--user', '--map-root-user', '--mount'];
const why = whyNot(...MOUNTS);

describe.skipIf(why !== undefined)('a lock table that is covered (needs unshare)', () => {
  const rig = outside();

  it.each([
    ['nothing', ':', { certainty: 'certain' }],
    [
      'a device',
      'mount --bind /dev/null /proc/locks',
      { certainty: 'unknown', uncertainBecause: 'probeOnly' },
    ],
    [
      'an empty file',
      ': > "$D/empty"; mount --bind "$D/empty" /proc/locks',
      { certainty: 'unknown', uncertainBecause: 'probeOnly' },
    ],
  ])('by %s is as if there were none', async (_, script, expected) => {
    const watched = service('a', { lockFiles: [rig.stage.file('free.lock')] });
    const { observer } = await startInside({ ...rig, flags: MOUNTS, script, watched, roles: [] });
    const { facts } = await observer.tick();
    await observer.close();
    expect(facts.lockFiles).toMatchObject([{ locks: [], ...expected }]);
  });
});
