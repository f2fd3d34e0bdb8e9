/** What a text of the settings means, where one character more would mean something else. */
import { describe, expect, it } from 'vitest';
import { dependsOnFolder } from '../../../src/model/settings/configFolders';
import { isGlob, isTooComplex, withoutExtras } from '../../../src/model/settings/globText';
import { ownLog, proposalOf } from '../../../src/model/settings/proposal';
import { regexLiteral, regexProblem } from '../../../src/model/settings/regex';
import { facts, lock, lockFile, proc, without, type Given } from './build';

describe('a pattern between slashes', () => {
  it.each<[string, [string, string] | undefined]>([
    ['/a/', ['a', '']],
    ['/a/im', ['a', 'im']],
    ['/a[/]b/i', ['a[/]b', 'i']],
    ['/a[x]/i', ['a[x]', 'i']],
    ['/a\\/b/', ['a\\/b', '']],
    ['/a[\\]/]b/', ['a[\\]/]b', '']],
    ['/[/', ['[', '']],
    ['/[a]/page/', undefined],
    ['/a\\/i', undefined],
    ['/[a', undefined],
    ['/a', undefined],
    ['//', undefined],
    ['//i', undefined],
    ['a/b/', undefined],
    ['xa/', undefined],
    ['/usr/bin/bot', undefined],
    ['/a/I', undefined],
    ['/a/i1', undefined],
    ['/a/abcdefghi', undefined],
  ])('%s', (text, literal) => {
    expect(regexLiteral(text)).toEqual(
      literal === undefined ? undefined : { source: literal[0], flags: literal[1] },
    );
  });

  it.each<[string, string, string | undefined]>([
    ['a', 'ims', undefined],
    ['a', 'ii', 'flags "ii"'],
    ['a', 'imi', 'flags "imi"'],
    ['a', 'g', 'flags "g"'],
    ['(?=a)', '', '(?='],
    ['x(?!a)', '', '(?!'],
    ['(?<=a)', '', '(?<='],
    ['(?<!a)', '', '(?<!'],
    ['(a)\\1', '', '\\1'],
    ['(?<n>a)\\k', '', '\\k'],
    ['[\\1]', '', undefined],
    ['[(?=]', '', undefined],
    ['[(?=](?=a)', '', '(?='],
    ['a[b]\\1', '', '\\1'],
    ['\\[(?=a)', '', '(?='],
    ['\\(?=a', '', undefined],
    ['(a)?=b', '', undefined],
    ['a(b(?=c))', '', '(?='],
    ['(?P<name>a)', '', undefined],
    ['(?<name>a)', '', undefined],
    ['a\\', '', '\\ at end of pattern'],
    ['(?i:a)', '', undefined],
    ['(?im:a)', '', undefined],
    ['(?i-s:a)', '', undefined],
    ['(?im-sU:a)', '', undefined],
    ['(?i)a', '', undefined],
    ['(?im)a', '', undefined],
    ['(?i-sm)a', '', undefined],
    ['(?i)*', '', 'Nothing to repeat'],
    ['(a', '', 'Unterminated group'],
    ['a)', '', "Unmatched ')'"],
  ])('%s with %j: %j', (source, flags, problem) => {
    expect(regexProblem({ source, flags })).toBe(problem);
  });

  it('has the engine’s own words for what is wrong', () => {
    const failing = (message: string) =>
      regexProblem({ source: 'a', flags: 'i' }, () => {
        throw new Error(message);
      });
    expect(failing('bad: worse: missing )')).toBe('missing )');
    expect(failing('missing )')).toBe('missing )');
    expect(failing('bad: ')).toBe('bad: ');
    const seen: string[] = [];
    const engine = (source: string, flags: string) => {
      seen.push(source, flags);
      return { test: () => true };
    };
    expect(regexProblem({ source: '(a', flags: 'i' }, engine)).toBeUndefined();
    expect(seen).toEqual(['(a', 'i']);
  });
});

describe('an entry that means something else in each folder', () => {
  it.each<[unknown, boolean]>([
    ['bot.lock', true],
    ['/run/bot.lock', false],
    [7, false],
    [null, false],
    [undefined, false],
    ['bot.lock~', true],
    ['~/bot.lock', false],
    ['run/${env:A}.lock', true],
    ['${userHome}/bot.lock', false],
    ['${workspaceFolder:bot}/bot.lock', false],
    ['/a/${workspaceFolder}', true],
    ['${env:A:-${workspaceFolder}}/bot.lock', true],
    [['/run/a', 'b'], true],
    [['/run/a', '/run/b'], false],
    [{ lockFile: 'a' }, true],
    [{ pidFile: 'a' }, true],
    [{ logFile: 'a' }, true],
    [{ process: { cwd: 'a' } }, true],
    [{ process: { cwd: '/a' } }, false],
    [{ process: { command: 'a' } }, false],
    [{ process: 'a' }, false],
    [{ process: null }, false],
    [{ lockFile: ['/a', 'b'] }, true],
    [{ lockFile: '/a', pidFile: '/b', logFile: '/c' }, false],
    [{ name: 'a' }, false],
  ])('%j: %s', (entry, depends) => {
    expect(dependsOnFolder(entry, false)).toBe(depends);
  });
});

describe('a pattern of paths', () => {
  it('stands for others where it has a wildcard that is not escaped', () => {
    expect(['/a*', '/a?', '/a[b]', '/{a,b}', '/a', '/a\\*', '/a]', '/a\\\\*', 'C:\\a*'].map(isGlob)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  it('is not matched where that could take long', () => {
    const paths: [string, boolean][] = [
      ['/**/**/**/a', false],
      ['/**/**/**/**/a', true],
      ['/*a*b*', false],
      ['/*a*b*c*', true],
      ['/***', false],
      ['/****', true],
      ['/**a/**a/**a/**a', false],
      ['/**\\a/**\\a/**\\a/**\\a', true],
      ['/{a}{b}{c}{d}', false],
      ['/{a}{b}{c}{d}{e}', true],
      ['/\\*\\*\\*\\*', false],
    ];
    expect(paths.map(([path]) => isTooComplex(path))).toEqual(paths.map(([, is]) => is));
  });

  it('keeps to what is documented', () => {
    expect(withoutExtras('/+(a)!b@c|d')).toBe('/\\+\\(a\\)\\!b\\@c\\|d');
    expect(withoutExtras('/[!a]\\(b*{c}')).toBe('/[!a]\\(b*{c}');
    expect(withoutExtras('/[(]x(')).toBe('/[(]x\\(');
  });
});

describe('what is proposed for a live owner', () => {
  const proposed = (argv: string | string[], more: Parameters<typeof proc>[2] = {}, given: Given = {}) => {
    const owner = proc(4242, argv, more);
    return proposalOf(facts({ processes: [owner], lockFiles: [lockFile([lock([owner])])], ...given }));
  };

  it('is no name and no program of what only looks at files, or starts others', () => {
    expect(proposed('vim bot.py')).toMatchObject({ name: 'bot' });
    expect(proposed('vim bot.py')).not.toHaveProperty('program');
    expect(proposed(['-bash'])).not.toHaveProperty('program');
    expect(proposed('bash run.sh')).toMatchObject({ name: 'bot' });
    expect(proposed('bash run.sh')).not.toHaveProperty('program');
  });

  it.each([
    ['an interpreter without a script', 'python3', 'python3'],
    ['one whose module is missing', 'python3 -m', 'bot'],
    ['one whose program is missing', 'java -jar', 'bot'],
  ])('is no program of %s', (_, command, name) => {
    const proposal = proposed(command);
    expect(proposal).toMatchObject({ name });
    expect(proposal).not.toHaveProperty('program');
  });

  it('is no program whose own name is a secret', () => {
    const secret = proposed(['node', '/srv/110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw']);
    expect(secret?.owner.command).not.toContain('AAHdq');
    expect(secret).not.toHaveProperty('program');
  });

  it('is the folder only where the file is generic and there is one', () => {
    expect(proposed('node server.js', { cwd: '/' })?.name).toBe('server');
    expect(proposed('python3 bot.min.py')?.name).toBe('bot.min');
    const nowhere = without(proc(4242, 'node server.js'), 'cwd');
    const alone = proposalOf(facts({ processes: [nowhere], lockFiles: [lockFile([lock([nowhere])])] }));
    expect(alone?.name).toBe('server');
    expect(alone).not.toHaveProperty('cwd');
  });

  it('has no more words than one reads', () => {
    const long = (count: number) => proposed(['python3', 'bot.py', 'x'.repeat(count), 'y'])?.program;
    expect(long(113)).toBe(`bot.py ${'x'.repeat(113)}`);
    expect(long(114)).toBe('bot.py');
  });

  it('is made in spite of duplicates and of readers, and takes the log below its folder', () => {
    const twin = proc(4243, 'python3 bot.py');
    const owner = proc(4242, 'python3 bot.py');
    expect(
      proposalOf(facts({ processes: [owner, twin], lockFiles: [lockFile([lock([owner])])] })),
    ).toMatchObject({ owner: { pid: 4242, proof: 'proven' } });
    const logs = [
      { path: '/var/log/a', modified: 9 },
      { path: '/home/ann/bot/a', modified: 1 },
      { path: '/home/ann/botany/a', modified: 8 },
    ];
    expect(ownLog(logs, '/home/ann/bot')).toBe('/home/ann/bot/a');
    expect(ownLog(logs, undefined)).toBe('/var/log/a');
    expect(ownLog([], '/a')).toBeUndefined();
  });
});
