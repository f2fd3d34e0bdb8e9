import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServiceSnapshot } from '../../../src/api';
import { sameService } from '../../../src/model/diff';
import { shellQuote } from '../../../src/model/shell';
import { oneLine } from '../../../src/model/text';

describe('quoting for a shell', () => {
  it('passes on exactly the text', () => {
    const words = fc.array(
      fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(words, (texts) => {
        const script = texts.map((text) => `printf '%s\\0' ${shellQuote(text)}`).join('\n');
        const out = execFileSync('bash', ['-c', script], {
          encoding: 'utf8',
          env: { ...process.env, LC_ALL: 'C.UTF-8' },
        });
        expect(out.split('\0').slice(0, -1)).toEqual(texts.map((text) => Buffer.from(text).toString()));
      }),
      { numRuns: 20 },
    );
  });

  it('leaves plain paths as they are', () => {
    expect(shellQuote('/run/user/1000/bot-1.pid')).toBe('/run/user/1000/bot-1.pid');
    expect(shellQuote('-rf')).toBe("'-rf'");
    expect(shellQuote('')).toBe("''");
  });
});

describe('one line', () => {
  it('has no controls and at most as many characters as asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, max) => {
        const line = oneLine(text, max);
        expect(line.length).toBeLessThanOrEqual(max);
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});

describe('the difference between snapshots', () => {
  const service = (id: string, more: Partial<ServiceSnapshot> = {}): ServiceSnapshot => ({
    id,
    name: id,
    state: 'free',
    lockFiles: [{ path: '/a.lock', exists: true, held: false, holders: [], waiters: [] }],
    pidFiles: [],
    instances: [],
    findings: [],
    ...more,
  });
  it('sees a change at any depth, and none in an absent value', () => {
    const [a, b] = [service('a'), service('a')];
    expect(sameService(a, b)).toBe(true);
    const holders = [{ pid: 1, inherited: false, deletedInode: false }];
    expect(
      sameService(
        a,
        service('a', { lockFiles: [{ path: '/a.lock', exists: true, held: false, holders, waiters: [] }] }),
      ),
    ).toBe(false);
    const undefinedKind = {
      path: '/a.lock',
      exists: true,
      held: false,
      kind: undefined,
      holders: [],
      waiters: [],
    };
    expect(
      sameService(a, { ...b, lockFiles: [undefinedKind] as unknown as ServiceSnapshot['lockFiles'] }),
    ).toBe(true);
  });
});
