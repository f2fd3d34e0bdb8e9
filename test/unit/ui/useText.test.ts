import { describe, expect, it } from 'vitest';
import type { Use, UseAnswer, User } from '../../../src/model/users';
import { nobodyText, userRow, useTitle } from '../../../src/ui/text/words/useText';

const NOW = Date.UTC(2026, 0, 31, 12);
const same = (path: string): string => path;
const answer = (more: Partial<UseAnswer> = {}): UseAnswer => ({
  takenAt: NOW,
  path: '/a/bot.lock',
  users: [],
  unknown: [],
  notes: [],
  commands: [],
  ...more,
});
const user = (uses: readonly Use[], more: Partial<User> = {}): User => ({
  process: { pid: 42, command: '/usr/bin/python3 bot.py', cwd: '/a', startTime: NOW - 3 * 3_600_000 },
  uses,
  ancestors: [],
  ...more,
});

describe('a row of who uses something', () => {
  it('says who, how, since when, by what proof, where, and what else it holds', () => {
    const lock: Use = {
      kind: 'lock',
      proof: 'proven',
      path: '/a/bot.lock',
      lock: { kind: 'flock', access: 'write' },
    };
    const row = userRow(
      user([lock], { locks: ['/a/bot.lock', '/b/c.lock'], ports: [8080] }),
      answer(),
      NOW,
      same,
    );
    expect(row).toMatchObject({
      icon: 'lock',
      label: 'pid 42 bot.py',
      description: 'holds flock exclusive · 3 h',
    });
    expect(row.detail).toMatch(
      /^proven: its own descriptor shows the lock · \/usr\/bin\/python3 bot\.py · in \/a · started .* · also holds \/b\/c\.lock, :8080$/,
    );
  });

  it('says of a mandatory lock how its holder was found, and of a user of the file no more than that', () => {
    const mandatory = { kind: 'mandatory', access: 'write' } as const;
    const held: Use = { kind: 'lock', proof: 'proven', path: '/a/bot.lock', lock: mandatory };
    const row = userRow(user([held, { kind: 'uses', proof: 'proven' }]), answer(), NOW, same);
    expect(row.description).toBe('holds mandatory exclusive · uses it · 3 h');
    expect(row.detail).toMatch(/^proven: the file refuses other programs, and no other process uses it ·/);
    const used = userRow(user([{ kind: 'uses', proof: 'proven' }]), answer(), NOW, same);
    expect(used).toMatchObject({
      icon: 'file',
      detail: expect.stringMatching(/^proven: the kernel shows it/) as string,
    });
  });

  it('names the file only where the question was about its folder', () => {
    const open: Use = { kind: 'open', proof: 'proven', path: '/a/x', count: 3 };
    const below = userRow(user([open]), answer({ path: '/a', isFolder: true }), NOW, same);
    expect(below.description).toBe('has it open /a/x and 2 more · 3 h');
    const itself = userRow(
      user([{ kind: 'open', proof: 'proven', path: '/a/bot.lock' }]),
      answer(),
      NOW,
      same,
    );
    expect(itself.description).toBe('has it open · 3 h');
  });

  it('never calls proven what is only a number', () => {
    const named = (proof: 'plausible' | 'guessed'): string =>
      userRow(user([{ kind: 'named', proof }]), answer(), NOW, same).detail;
    expect(named('guessed')).toMatch(/^not proven: only the number ·/);
    expect(named('plausible')).toMatch(/^not proven: only the number, and a program that fits ·/);
    const listed = userRow(user([{ kind: 'lock', proof: 'plausible' }]), answer(), NOW, same).detail;
    expect(listed).toMatch(/^not proven: the kernel lists it/);
  });

  it('says of who may hold a lock that names no process why, and that it is not proven', () => {
    const use: Use = { kind: 'mayHold', proof: 'plausible', suspect: { why: 'works', folder: '/a' } };
    const row = userRow(user([use]), answer({ path: '/a/.git/index.lock' }), NOW, same);
    expect([row.icon, row.description]).toEqual(['lock', 'may hold it · 3 h']);
    expect(row.detail).toMatch(
      /^not proven: it is git and works in \/a, and the file does not say who made it ·/,
    );
    expect(nobodyText(answer({ notes: ['x'], isLeftOver: true }))).toBe('Probably left over');
  });

  it('says that nobody is known only where something is held or was found out', () => {
    expect(nobodyText(answer())).toBe('No process uses it, as far as this user can see');
    expect(nobodyText(answer({ notes: ['Process 4 has ended.'] }))).toBe('Unknown');
    expect(nobodyText(answer({ unknown: ['held'], notes: ['x'] }))).toBe('Held by an unknown process');
    expect(useTitle(answer(), 'x', same)).toBe('Who uses /a/bot.lock?');
  });
});
