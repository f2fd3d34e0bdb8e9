import { describe, expect, it } from 'vitest';
import { openableUrl, recordedUrl } from '../../../src/model/records/pidRecordUrl';

describe('an address that may be opened', () => {
  it.each([
    ['http://localhost:3000', 'http://localhost:3000/'],
    ['https://127.0.0.1:8443/app/', 'https://127.0.0.1:8443/app/'],
    ['http://[::1]:4321/', 'http://[::1]:4321/'],
    ['http://my-box.local/', 'http://my-box.local/'],
    // Who listens at every address is found at this machine's own.
    ['http://0.0.0.0:5173/', 'http://localhost:5173/'],
    ['http://[::]:5173/', 'http://localhost:5173/'],
    // A token may be in the query or the fragment.
    ['http://localhost:8888/lab?token=abcdef0123456789', 'http://localhost:8888/lab'],
    ['http://localhost:8888#token=abcdef', 'http://localhost:8888/'],
  ])('is %s', (text, url) => {
    expect(openableUrl(text)).toBe(url);
  });

  it.each([
    'command:workbench.action.quit',
    'file:///etc/passwd',
    'vscode://publisher.extension/run',
    'javascript:alert(1)',
    'ftp://localhost/',
    'HTTP://localhost:3000/',
    ' http://localhost/',
    'http:localhost',
    'http://',
    'http://ann:secret@localhost:3000/',
    'http://localhost@evil.example/',
    'http://localhost:99999/',
    'http://localhost:3000/)[x](command:quit',
    'http://localhost:3000/a b',
    'http://localhost:3000/\n',
    'http://localhost:3000\n',
    'http://localhost\\@evil.example/',
    'http://lоcalhost/',
    'http://-x/',
    `http://localhost/${'a'.repeat(600)}`,
    `https://hooks.slack.com/services/T01ABCDEF/B01ABCDEF/${'aB3x'.repeat(6)}`,
  ])('is not %j', (text) => {
    expect(openableUrl(text)).toBeUndefined();
  });
});

describe('the address of a record', () => {
  it.each([
    [{ appUrl: 'http://a:1', url: 'http://b:2' }, 'http://a:1/'],
    [{ url: 'http://b:2', urls: ['http://c:3'] }, 'http://b:2/'],
    [{ urls: ['http://c:3', 'http://d:4'] }, 'http://c:3/'],
    [
      { urls: { network: ['http://10.0.0.5:4321/'], local: ['http://localhost:4321/'] } },
      'http://localhost:4321/',
    ],
    [{ urls: { network: 'http://10.0.0.5:4321/' } }, 'http://10.0.0.5:4321/'],
    // The first that may be opened.
    [{ appUrl: 'command:x', url: 'http://b:2' }, 'http://b:2/'],
    [{ url: 4242, urls: 'http://a:1' }, undefined],
    [{ urls: null }, undefined],
    [{}, undefined],
  ])('of %j is %s', (fields, url) => {
    expect(recordedUrl(fields)).toBe(url);
  });
});
