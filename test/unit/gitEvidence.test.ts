import { describe, expect, it } from 'vitest';
import type { OwnerlessFacts } from '../../src/model/facts';
import { withOwnerless } from '../../src/monitor/ownerless';
import { facts, file, lockFile } from './model/build';

const LOCK = '/home/ann/bot/.git/index.lock';
const FOUND: OwnerlessFacts = { suspects: [], unread: [], quietMs: 7 };

/** Which files were asked about, and what the service is afterwards. */
async function asked(
  paths: ReturnType<typeof file>[],
  more: Omit<Parameters<typeof withOwnerless>[1], 'ownerless'> = {},
) {
  const of: string[] = [];
  const given = facts({ lockFiles: paths.map((one) => lockFile([], { file: one })) });
  const ownerless = ({ path }: { path: string }): Promise<OwnerlessFacts | undefined> => {
    of.push(path);
    return Promise.resolve(path === LOCK ? FOUND : undefined);
  };
  const after = await withOwnerless(given, { ownerless, ...more });
  return { of, after, isSame: after === given };
}

describe('evidence on who made a lock', () => {
  it('is collected of git’s lock files that are there, and put beside them', async () => {
    const other = '/home/ann/other/.git/config.lock';
    const { of, after } = await asked([file(LOCK), file(other), file('/home/ann/bot/bot.lock')]);
    expect(of).toEqual([LOCK, other]);
    expect(after.lockFiles.map(({ ownerless }) => ownerless)).toEqual([FOUND, undefined, undefined]);
    expect(after.lockFiles.map((one) => 'ownerless' in one)).toEqual([true, false, false]);
  });

  it.each([
    ['of another program', file('/home/ann/bot/bot.lock')],
    ['that is the record beside one', file('/home/ann/bot/.git/index~pid.lock')],
    ['that is not there', file(LOCK, { status: 'absent' })],
    ['that is a folder', file(LOCK, { status: 'directory' })],
    ['that is a symbolic link', file(LOCK, { status: 'symlink' })],
    ['that cannot be read', file(LOCK, { status: 'unreadable' })],
  ])('is not collected of a file %s', async (_, one) => {
    const { of, isSame } = await asked([one]);
    expect([of, isSame]).toEqual([[], true]);
  });

  it('is not collected where the mount does not answer', async () => {
    const mount = { point: '/home/ann/bot', type: 'nfs4', since: 0 };
    const apart = { mountAt: (path: string) => (path.startsWith(mount.point) ? mount : undefined) };
    const other = '/home/ann/other/.git/index.lock';
    const { of } = await asked([file(LOCK), file(other)], { apart });
    expect(of).toEqual([other]);
  });

  it('is not collected where it cannot be known', async () => {
    const given = facts({ lockFiles: [lockFile([], { file: file(LOCK) })] });
    expect(await withOwnerless(given, {})).toBe(given);
  });
});
