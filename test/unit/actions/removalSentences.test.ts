import { describe, expect, test } from 'vitest';
import { removalSentence, restoreSentence } from '../../../src/actions/cleanUp/sentences';
import type { RemovalResult } from '../../../src/os/removal/results';

const RECORD = '/run/bot.pid';
const ASIDE = '/run/.0123.aside';
const say = (result: RemovalResult): string => removalSentence(RECORD, result);

describe('what became of a record', () => {
  const untouched: RemovalResult[] = [
    { result: 'changed' },
    { result: 'open', openers: [{ pid: 7, fd: 3 }] },
    { result: 'locked' },
    { result: 'hardLinked', names: 2 },
    { result: 'otherUser', uid: 0 },
    { result: 'readOnly' },
    { result: 'folderDenied', code: 'EACCES' },
    { result: 'noLinks', code: 'EPERM' },
    { result: 'noLinks', code: 'ENOTSUP' },
    { result: 'linkLeft', at: ASIDE, code: 'EPERM' },
    { result: 'putBack', because: 'changed', openers: [] },
    { result: 'putBack', because: 'open', openers: [{ pid: 7, fd: 3 }] },
    { result: 'putBack', because: 'locked', openers: [] },
    { result: 'putBack', because: 'busy', openers: [] },
  ];

  test('is said in a sentence of its own for each reason to keep it', () => {
    const sentences = untouched.map(say);
    for (const sentence of sentences) expect(sentence).toMatch(/^Kept \/run\/bot\.pid\. .*\.$/);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  test.each<[RemovalResult, string]>([
    [{ result: 'locked' }, 'A process that cannot be seen from here may have it locked.'],
    [{ result: 'readOnly' }, 'Its file system is mounted read-only.'],
    [{ result: 'folderDenied', code: 'EACCES' }, 'You have no permission to change its folder (EACCES).'],
    [
      { result: 'otherUser', uid: 7 },
      'It belongs to another user (uid 7), and only that user or an administrator may remove it.',
    ],
    [
      { result: 'noLinks', code: 'EPERM' },
      'A second name for it is not permitted (EPERM): its file system has no hard links, or it is protected (chattr). It could not be restored safely; remove it by hand.',
    ],
    [
      { result: 'noLinks', code: 'ENOTSUP' },
      'A record cannot be restored safely on this file system (ENOTSUP); remove it by hand.',
    ],
    [
      { result: 'linkLeft', at: ASIDE, code: 'EPERM' },
      `Nothing can be removed from its folder (EPERM); a trial link to it was left at ${ASIDE}.`,
    ],
    [
      { result: 'putBack', because: 'busy', openers: [] },
      'Another process may have been about to write to it, so it was put back; try again.',
    ],
  ])('is said with its own reason: %j', (result, reason) => {
    expect(say(result)).toBe(`Kept ${RECORD}. ${reason}`);
  });

  test('says where the record is when it is not under its name', () => {
    const stranded = say({ result: 'stranded', at: ASIDE, code: 'ENOSPC', syscall: 'link' });
    expect(stranded).toContain(`It is at ${ASIDE}`);
    expect(stranded).toContain('ENOSPC');
    expect(say({ result: 'failed', code: 'EIO', syscall: 'rename' })).toContain('is still in place');
    expect(say({ result: 'linkLeft', at: ASIDE, code: 'EPERM' })).toContain(ASIDE);
  });

  test('names each process once', () => {
    const openers = [7, 7, 8].map((pid, fd) => ({ pid, fd }));
    expect(say({ result: 'open', openers })).toBe(`Kept ${RECORD}. It is open in process 7, 8.`);
  });
});

test('a record that is back says whose it was, where that was lost', () => {
  expect(restoreSentence(RECORD, { result: 'restored' })).toBe(`${RECORD} was restored.`);
  expect(restoreSentence(RECORD, { result: 'restored', lostOwner: 1234 })).toContain('uid 1234');
  const failed = { code: 'EIO', syscall: 'unlink' };
  expect(restoreSentence(RECORD, { result: 'restored', failed })).toBe(
    `${RECORD} was restored. A step after that failed (unlink: EIO), so its mode, its time or a second name of it may be wrong.`,
  );
  expect(restoreSentence(RECORD, { result: 'restored', lostOwner: 1234, failed })).toMatch(
    /uid 1234\)\. A step after that failed/,
  );
});
