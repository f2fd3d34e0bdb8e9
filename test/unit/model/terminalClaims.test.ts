import { describe, expect, it } from 'vitest';
import { claimsOf, TERMINAL_LINES } from '../../../src/model/terminal/claims';
import { LINES, SQLITE_LINE, type Held } from '../../ui/linesHeld';
import { NEAR_MISSES, PRINTED } from './terminalLines';

const isOf = (tool: string) => (claim: { tool: string }) => claim.tool === tool;

describe('a line of a terminal', () => {
  it.each(PRINTED)('$tool: $line', ({ tool, line, says, link }) => {
    const claim = claimsOf(line).find(isOf(tool));
    const { pid, path, port, host, isPoller, held, start = -1, length = 0 } = claim ?? {};
    const isHeld = held !== undefined && pid === undefined && path === undefined ? true : undefined;
    const said = { pid, path, port, host, isPoller, isHeld: says.isHeld && held ? true : isHeld };
    expect(Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))).toEqual(says);
    expect(length).toBeGreaterThan(3);
    if (link !== undefined) expect(line.slice(start, start + length)).toBe(link);
  });

  it.each(NEAR_MISSES)('beside $tool claims nothing: $line', ({ tool, line }) => {
    expect(claimsOf(line).map((claim) => claim.tool)).toEqual([]);
    expect(TERMINAL_LINES.map(({ id }) => id)).toContain(tool);
  });

  it('has an example and a near miss for every entry of the table, and no other', () => {
    const ids = TERMINAL_LINES.map(({ id }) => id).sort();
    expect(new Set(ids).size).toBe(ids.length);
    expect([...new Set(PRINTED.map(({ tool }) => tool))].sort()).toEqual(ids);
    expect([...new Set(NEAR_MISSES.map(({ tool }) => tool))].sort()).toEqual(ids);
  });

  it('is pressed in a window, of every entry of the table', () => {
    const held: Held = {
      pids: new Proxy({}, { get: () => 4242 }),
      port: 3000,
      path: (...parts) => ['/ws', ...parts].join('/'),
    };
    const pressed = [...LINES, SQLITE_LINE].flatMap(({ line, press }) => {
      const text = line(held);
      const at = text.indexOf(press);
      return claimsOf(text).filter(({ start, length }) => start <= at + 2 && at + 2 < start + length);
    });
    expect([...new Set(pressed.map(({ tool }) => tool))].sort()).toEqual(
      TERMINAL_LINES.map(({ id }) => id).sort(),
    );
  });

  it('is read only where it has the word of an entry, which its pattern cannot match without', () => {
    for (const { id, word, pattern } of TERMINAL_LINES) {
      expect.soft(word, id).toBe(word.toLowerCase());
      expect.soft(pattern.flags, id).toContain('d');
      expect.soft(pattern.flags, id).not.toMatch(/[gy]/);
      const own = PRINTED.filter(({ tool }) => tool === id);
      expect
        .soft(
          own.every(({ line }) => line.toLowerCase().includes(word)),
          id,
        )
        .toBe(true);
    }
  });

  it('claims one thing once, in the words of the tool that is known', () => {
    const claims = claimsOf('Port 3000 is in use by process 4242 (node)');
    expect(claims.map(({ tool }) => tool)).toEqual(['port-in-use']);
    expect(claimsOf('HINT:  Is another postmaster (PID 4242) running in data directory "/d"?')).toHaveLength(
      1,
    );
  });

  it.each([
    [
      'two things',
      'Another next dev server is already running, PID: 7. Another nuxt dev server is already running, PID: 8',
      [7, 8],
    ],
    [
      'one thing in two words',
      'Another next dev server is already running, PID: 7. Another nuxt dev server is already running, PID: 7',
      [7],
    ],
    [
      'a process, and the file of it',
      'Another next dev server is already running, PID: 8. A server is already running (pid: 8, file: /a.pid)',
      [8, 8],
    ],
    ['a process that no process can be', 'A server is already running (pid: 0, file: /a.pid)', []],
    ['a process with too large a number', 'A server is already running (pid: 99999999, file: /a.pid)', []],
  ])('claims each thing once: %s', (_, line, pids) => {
    expect(claimsOf(line).map(({ pid }) => pid)).toEqual(pids);
  });

  it.each([
    ['nuxt', 8, 'next', 7],
    ['next', 7, 'nuxt', 8],
  ] as const)('claims two processes in whichever order: %s %i, %s %i', (first, pid, second, other) => {
    const said = (tool: string, of: number) => `Another ${tool} dev server is already running, PID: ${of}.`;
    const claims = claimsOf(`${said(first, pid)} ${said(second, other)}`);
    expect(claims.map((claim) => claim.pid)).toEqual([7, 8]);
  });

  it.each([
    'waiting for the big Nix lockError acquiring the state lock',
    'Error acquiring the state lockwaiting for the big Nix lock',
  ])('claims two things whose words touch, and that name nothing: %s', (line) => {
    expect(claimsOf(line).map(({ tool }) => tool)).toEqual(['nix', 'terraform']);
  });

  it('claims two ports of one line, and one of them once', () => {
    const ports = (line: string) => claimsOf(line).map(({ port }) => port);
    const taken = 'listen EADDRINUSE: address already in use :::3000';
    expect(ports(`${taken} (Port 3001 is in use)`)).toEqual([3000, 3001]);
    expect(ports(`${taken} (Port 3000 is in use)`)).toEqual([3000]);
  });

  it('is read as far as tools write', () => {
    const said = 'already running (PID 4242)';
    expect(
      [claimsOf(said, said.length), claimsOf(said, said.length - 1)].map(({ length }) => length),
    ).toEqual([1, 0]);
  });

  it('claims nothing of a path that hides what it is', () => {
    const escape = "Unable to create '/tmp/\u001b[2K/index.lock': File exists";
    const turned = "Unable to create '/tmp/\u202ekcol.xedni.lock': File exists";
    expect([claimsOf(escape), claimsOf(turned)]).toEqual([[], []]);
  });

  it('claims nothing of a host that hides what it is', () => {
    const on = (host: string) => `repository is already locked by PID 4242 on ${host} by ann`;
    expect(claimsOf(on('tower'))).toMatchObject([{ pid: 4242, host: 'tower' }]);
    expect(claimsOf(on('to\u202erew'))).toEqual([]);
  });

  it('claims nothing of a line that is longer than tools write', () => {
    const said = 'already running (PID 4242)';
    expect(claimsOf(said)).toHaveLength(1);
    expect(claimsOf(`${'x '.repeat(1_000_000)}${said}`)).toEqual([]);
  });
});
