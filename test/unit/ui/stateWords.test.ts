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
  const first = (text: string | undefined): string | undefined => text?.split(' · ')[0];
  expect([first(rows[0]?.description), first(own?.description)]).toEqual([word, word]);
  const line =
    report([seen], NOW)
      .split('\n')
      .find((text) => text.includes(`${file.path}\`: `)) ?? '';
  expect(line.split('`: ')[1]?.split(' (')[0]).toBe(word);
});
