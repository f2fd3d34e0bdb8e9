/** What nothing in the source uses is gone, though a test may use it. The compiler takes 8 s to say so, too long for `npm run check`. */
import { describe, expect, it } from 'vitest';
import { ENTRIES } from '../../unit/house/source';
import { Uses } from './uses';

/** By file, or by file and member: who else uses it. */
const USED_ELSEWHERE: Readonly<Record<string, string>> = {
  'src/api.ts': 'other extensions',
  'src/actions/terminate/outcome.ts':
    'torture and tests read what came of an action as data, not in a sentence',
  'src/model/presets/preset.ts: Preset.records': 'tests hold the presets to it',
  'src/os/probe/probeProcess.ts: ProbeProcess.pid': 'tests see by it that the process is another, and ends',
  'src/os/linux/locks/lockTable.ts: TableChange.reads': 'tests count the reads',
  'src/os/linux/locks/lockTable.ts: LockTable.size': 'tests count the lines',
};

describe('the source', () => {
  const uses = new Uses();
  const isExplained = (what: string): boolean =>
    what in USED_ELSEWHERE || (what.split(':', 1)[0] ?? '') in USED_ELSEWHERE;

  it('exports nothing that nothing in it uses', () => {
    const unused = uses.unusedExports().filter((what) => !ENTRIES.has(what.split(':', 1)[0] ?? ''));
    expect(unused).toEqual([]);
  });

  it('declares no member of a class or an interface that nothing in it uses', () => {
    const unused = uses.unusedMembers();
    expect(unused.filter((what) => !isExplained(what))).toEqual([]);
    const known = new Set(unused.flatMap((what) => [what, what.split(':', 1)[0] ?? '']));
    expect(Object.keys(USED_ELSEWHERE).filter((what) => !known.has(what))).toEqual([]);
  });
});
