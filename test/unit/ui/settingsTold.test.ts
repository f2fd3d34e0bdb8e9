import { expect, it } from 'vitest';
import { problemsSentence } from '../../../src/ui/settings/settingsTold';

it('says one problem as it is, and of several how many and the first', () => {
  expect(problemsSentence(['a is wrong.'])).toBe('a is wrong.');
  expect(problemsSentence(Array.from({ length: 200 }, (_, index) => `${index} is wrong.`))).toBe(
    '200 settings are wrong. The first: 0 is wrong.',
  );
});

it('lets nothing of a setting be a link or an icon', () => {
  expect(problemsSentence(['[x](command:y) $(error)', 'b'])).not.toMatch(/\]\(|\$\(/);
});
