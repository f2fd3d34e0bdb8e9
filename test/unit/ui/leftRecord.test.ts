import { expect, test } from 'vitest';
import { diagnose } from '../../../src/model/diagnose';
import { evidenceDocument } from '../../../src/ui/text/pages/evidence';
import { alive, facts, gone, lock, lockFile, proc, record, type Given } from '../model/build';

const bot = proc(4242, 'python3 bot.py');
const NAMES = 'It still names pid 4242, which is gone.';

const page = (given: Given): string => {
  const all = facts(given);
  return evidenceDocument({ service: diagnose(all), history: [], facts: all, advice: [] });
};

test('a free lock file that names a process which is gone may be a lock by being there', () => {
  expect(page({ lockFiles: [lockFile([], { record: record('4242', gone) })] })).toContain(NAMES);
});

test.each<[string, Given]>([
  ['names none', { lockFiles: [lockFile([])] }],
  [
    'names one that runs',
    { processes: [bot], lockFiles: [lockFile([], { record: record('4242', alive(bot)) })] },
  ],
  ['is held', { processes: [bot], lockFiles: [lockFile([lock([bot])], { record: record('4242', gone) })] }],
  [
    'is known to lock by being there',
    { lockFiles: [lockFile([], { existence: true, record: record('4242', gone) })] },
  ],
])('not one that %s', (_, given) => {
  expect(page(given)).not.toContain('It still names');
});
