import { expect, it } from 'vitest';
import { questionOf } from '../../../src/model/useTarget';

it.each([
  [':3000', { kind: 'port', port: 3000 }],
  ['localhost:8080', { kind: 'port', port: 8080 }],
  ['[::1]:5173', { kind: 'port', port: 5173 }],
  ['4242', { kind: 'pid', named: { pid: 4242 } }],
  ['pid 4242', { kind: 'pid', named: { pid: 4242 } }],
  [' /srv/app/bot.lock ', { kind: 'path', path: '/srv/app/bot.lock' }],
  ['"/srv/my app"', { kind: 'path', path: '/srv/my app' }],
  ['bot.lock', { kind: 'path', path: 'bot.lock' }],
  ['~/.cache', { kind: 'path', path: '~/.cache' }],
  // Beside them: a drive, a place in a file, numbers that neither a port nor a process can have.
  ['C:\\run\\bot.pid', { kind: 'path', path: 'C:\\run\\bot.pid' }],
  ['src/main.ts:12:3', { kind: 'path', path: 'src/main.ts:12:3' }],
  [':70000', undefined],
  ['0', undefined],
  ['99999999', undefined],
  ['  ', undefined],
  ['a\0b', undefined],
])('%s', (text, question) => {
  expect(questionOf(text)).toEqual(question);
});
