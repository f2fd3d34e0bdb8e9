/** What is said of a lock on Windows, from who uses the file. */
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/model/diagnose';
import { holder, lock, lockFile, proc, facts, file, LOCK_PATH } from '../model/build';

const bot = proc(100, 'python3 bot.py');
const other = proc(200, 'python3 other.py');

describe('a lock of Windows', () => {
  it('that its only user holds makes that one the owner, and says how it was found', () => {
    const held = lock([holder(bot)], { kind: 'mandatory' });
    const seen = diagnose(facts({ lockFiles: [lockFile([held])], processes: [bot, other] }));
    expect(seen).toMatchObject({
      state: 'held',
      instances: [{ root: { pid: 100 }, proof: 'proven' }],
      lockFiles: [{ held: true, kind: 'mandatory', holders: [{ pid: 100 }] }],
    });
    expect(seen.findings.map(({ kind }) => kind)).not.toContain('holderUnknown');
  });

  it('that one of two users holds makes no owner, no duplicate and no conflict, and names both', () => {
    const held = lock([], { kind: 'mandatory', unknown: 'oneOfUsers', users: [bot, other] });
    const seen = diagnose(facts({ lockFiles: [lockFile([held])], processes: [bot, other] }));
    expect(seen).toMatchObject({ state: 'unverified', instances: [] });
    const [finding] = seen.findings;
    expect(finding?.message).toBe(
      `${LOCK_PATH} is locked (mandatory lock) by an unknown process: the holder is one of the processes that use the file: 100 (python3 bot.py) and 200 (python3 other.py).`,
    );
    expect(finding?.evidence.join('\n')).toMatch(/100 .*bot\.py[^]*200 .*other\.py/);
  });

  it('that may be on an empty file in use is uncertain, and its users are named', () => {
    const unsure = lockFile([], {
      file: file(LOCK_PATH, { writtenAgo: 60 }),
      certainty: 'unknown',
      uncertainBecause: 'oneOfUsers',
      users: [bot],
    });
    const seen = diagnose(facts({ lockFiles: [unsure], processes: [bot] }));
    expect(seen.state).toBe('unverified');
    expect(seen.findings[0]?.message).toBe(
      `Could not determine from here whether ${LOCK_PATH} is locked; if it is, the holder is one of the processes that use the file: 100 (python3 bot.py).`,
    );
  });
});
