import { describe, expect, it } from 'vitest';
import { questionOfClaim } from '../../../src/model/terminal/question';
import type { LineClaim } from '../../../src/model/terminal/terminalLine';

const base = { folder: '/w' };
const held = { names: /\.lock$/, files: ['a.lock'] };
const named = { pid: 7, programs: ['node'], host: 'tower' };
const asked = (claim: Partial<LineClaim>) =>
  questionOfClaim({ start: 0, length: 4, tool: 'next', ...claim }, base);

describe('what the link of a line asks', () => {
  it.each<[string, Partial<LineClaim>, unknown]>([
    ['the process', { pid: 7 }, { kind: 'pid', named: { pid: 7 } }],
    ['that of a program on a host', named, { kind: 'pid', named }],
    ['the file', { path: 'a.lock' }, { kind: 'path', path: 'a.lock', base }],
    [
      'the file rather than what may be held, with the process',
      { ...named, path: 'a.lock', held, port: 80 },
      { kind: 'path', path: 'a.lock', base, named },
    ],
    ['what is held', { held }, { kind: 'held', ...held, base }],
    ['what is held, with the process', { pid: 7, held }, { kind: 'held', ...held, base, named: { pid: 7 } }],
    ['the port', { port: 3000 }, { kind: 'port', port: 3000 }],
    ['the port rather than the process', { pid: 7, port: 3000 }, { kind: 'port', port: 3000 }],
    ['nothing of a line that names nothing', { programs: ['node'], host: 'tower' }, undefined],
  ])('is %s', (_, claim, question) => {
    expect(asked(claim)).toStrictEqual(question);
  });
});
