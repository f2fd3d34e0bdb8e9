import { describe, expect, it } from 'vitest';
import { pathShortener } from '../../../src/ui/text/words/shortPaths';

const shortenIn = pathShortener([
  { path: '/home/ann/shop', as: '' },
  { path: '/home/ann', as: '~/' },
]);

describe('the paths in a sentence', () => {
  it.each([
    ['below the workspace', '/home/ann/shop/run/bot.pid names pid 7.', 'run/bot.pid names pid 7.'],
    ['below the home folder', 'See /home/ann/other/bot.log.', 'See ~/other/bot.log.'],
    ['each of several', '/home/ann/shop/a, /home/ann/shop/b', 'a, b'],
    ['in quotes', '“/home/ann/shop/a.lock”', '“a.lock”'],
  ])('are shortened: %s', (_, text, expected) => {
    expect(shortenIn(text)).toBe(expected);
  });

  it.each([
    [
      'of a folder that only begins alike',
      '/home/ann/shop2/a and /home/anna/a',
      '~/shop2/a and /home/anna/a',
    ],
    ['of the folder itself', 'in /home/ann/shop', 'in ~/shop'],
    ['that are the end of another', '/mnt/home/ann/shop/a', '/mnt/home/ann/shop/a'],
    [
      'of a command line',
      'pid 7 (node /home/ann/shop/bot.js --pid /home/ann/shop/a) has /home/ann/shop/a.',
      'pid 7 (node /home/ann/shop/bot.js --pid /home/ann/shop/a) has a.',
    ],
  ])('stay what they are: %s', (_, text, expected) => {
    expect(shortenIn(text)).toBe(expected);
  });

  it('say whose folder it is where there are several, and know the separators of Windows', () => {
    const several = pathShortener([
      { path: '/w/api', as: 'api/' },
      { path: String.raw`c:\w\shop`, as: 'shop/' },
    ]);
    expect(several(String.raw`/w/api/a.lock and c:\w\shop\run\b.lock`)).toBe(
      String.raw`api/a.lock and shop/run\b.lock`,
    );
  });

  it('are left alone where no folder is known, or the root alone', () => {
    expect(pathShortener([])('/srv/a')).toBe('/srv/a');
    expect(pathShortener([{ path: '/', as: '' }])('/srv/a')).toBe('/srv/a');
  });
});
