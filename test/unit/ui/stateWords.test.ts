/** A state has one word, wherever it is said. */
import { expect, test } from 'vitest';
import { stateWord } from '../../../src/model/stateWord';
import { report } from '../../../src/ui/text/pages/evidence';
import { serviceRow, type Row } from '../../../src/ui/text/rows/rows';
import { holder, lockFile, NOW, service } from './snapshots';

const all = (row: Row): Row[] => [row, ...row.children.flatMap(all)];

test.each([
  ['held', lockFile([holder(4242)])],
  ['free', lockFile([])],
  ['absent', lockFile([], { exists: false })],
] as const)('calls a lock file %s as its service is called', (state, file) => {
  const seen = service({ state, lockFiles: [file] });
  const word = stateWord(state);
  const rows = all(serviceRow(seen, { now: NOW, shorten: (path) => path }));
  const own = rows.find(({ subject }) => subject.kind === 'lockFile');
  // A row's icon says that a service is held; what is spoken has no icon.
  expect(rows[0]?.spoken.split(', ')[1]).toBe(word);
  expect(own?.description.split(' · ')[0]).toBe(word);
  const line =
    report([seen], NOW)
      .split('\n')
      .find((text) => text.includes(`${file.path}\`: `)) ?? '';
  expect(line.split('`: ')[1]?.split(' (')[0]).toBe(word);
});
