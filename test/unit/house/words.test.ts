/** The words of the project: what no sentence, comment or page says any more, and what is written instead. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, test } from 'vitest';
import { prosePieces } from './prose';
import { readTexts, ROOT } from './source';

interface Habit {
  pattern: RegExp;
  instead: string;
  bad: string;
  /** It looks like the habit, and is good English. */
  nearMiss: string;
}

const HABITS: Habit[] = [
  {
    pattern: /^\/\*\*\s*Answers\b/,
    instead: 'Returns',
    bad: '/** Answers whether it runs. */',
    nearMiss: '/** Returns the answers. */',
  },
  {
    pattern: /\bbe told\b|\btold (?:apart|from)\b/,
    instead: 'be determined, distinguished',
    bad: 'Whether it runs cannot be told.',
    nearMiss: 'The user is told why.',
  },
  {
    pattern: /\b(?:do|does|did|can)(?:not| not) tell\b/,
    instead: 'does not report, cannot know',
    bad: 'This system does not tell.',
    nearMiss: 'What the actions tell and ask the main thread.',
  },
  {
    pattern: /\bfor ever\b/,
    instead: 'forever, never',
    bad: 'It fails for ever.',
    nearMiss: 'for every lock',
  },
  { pattern: /\banew\b/, instead: 'again', bad: 'It is made anew.', nearMiss: 'a new one' },
  {
    pattern: /\bnobody\b/i,
    instead: 'no process, no one',
    bad: 'Nobody holds it.',
    nearMiss: 'No process holds it.',
  },
  {
    pattern: /\bsomebody\b/i,
    instead: 'another process, someone',
    bad: 'Somebody holds it.',
    nearMiss: 'some body of text',
  },
  {
    pattern: /\bBesides\b|\bbesides[.,;:]/,
    instead: 'also, otherwise',
    bad: 'It is free besides.',
    nearMiss: 'a second instance besides pid 4242',
  },
  { pattern: /\bmakers\b/, instead: 'vendor', bad: 'from its makers', nearMiss: 'the vendor documents it' },
  {
    pattern: /\bdear(?:er|est)?\b/,
    instead: 'expensive',
    bad: 'where ticks are dear',
    nearMiss: 'expensive ticks',
  },
  {
    pattern: /\blook(?:s|ed|ing)? (?:at )?again\b|\blooked (?:at|into)\b/,
    instead: 'check, inspect, re-check',
    bad: 'It is looked at again first.',
    nearMiss: 'it was looked up; the processes are looked for',
  },
  {
    pattern: /\b(?:run|seen|tested) by us\b/,
    instead: 'tested, untested',
    bad: 'not run by us',
    nearMiss: 'run by the tests',
  },
  {
    pattern: /\b(?:is|are) no \w+ but\b/,
    instead: 'not a … but a …',
    bad: 'which is no process but a thread',
    nearMiss: 'knows no clock but `takenAt`',
  },
  {
    pattern: /\b(?:in|at) that very (?:moment|instant)\b/,
    instead: 'meanwhile',
    bad: 'It was written to in that very moment.',
    nearMiss: 'at the very instant of a probe',
  },
  {
    pattern: /\bPid (?:\d|\{)/,
    instead: 'Process 4242; pid within a sentence',
    bad: 'Pid {0} is stopped.',
    nearMiss: 'Pid files; pid {0} is stopped',
  },
  {
    pattern: /\bby existence\b/,
    instead: 'existence lock',
    bad: 'a lock by existence',
    nearMiss: 'its existence is the lock',
  },
  {
    pattern: /\bstrangers?\b/i,
    instead: 'unrelated process',
    bad: 'It is a stranger.',
    nearMiss: 'something stranger_of',
  },
  {
    pattern: /\b(?:not|has|have) collected\b|\bcollects (?:it|them)\b/,
    instead: 'reap',
    bad: 'until its parent collects it',
    nearMiss: 'collect the names',
  },
  { pattern: /\bwish(?:es)?\b/i, instead: 'request', bad: 'what only a wish needs', nearMiss: 'on request' },
  {
    pattern: /\b(?:a|the) person\b/i,
    instead: 'the user',
    bad: 'what a person reads',
    nearMiss: 'in person',
  },
  {
    pattern:
      /^['"`]?(?:That|Whether|Which|Of which)\b(?![^.?]*\?)[^.?]*\b(?:cannot|could not|should|is not known|is unknown)\b/,
    instead: 'subject first: Could not determine whether …',
    bad: "'Whether {0} is locked cannot be seen.'",
    nearMiss: "'Which process?'",
  },
  {
    pattern: /;\s*correct it\b/,
    instead: 'what it must be',
    bad: 'must be a path; correct it',
    nearMiss: 'correct or remove it',
  },
  {
    pattern: /\bsays the kernel\b/,
    instead: 'according to the kernel',
    bad: 'is held, says the kernel',
    nearMiss: 'the kernel says',
  },
  {
    pattern: /\bforc(?:es?|ed|ing) (?:it|them|a (?:process|lock holder))\b/i,
    instead: 'kill (SIGKILL)',
    bad: 'Force it (SIGKILL)?',
    nearMiss: 'instanceMonitor.terminate.force',
  },
  {
    pattern: /\bpids? (?:was|is|are) used again\b|\bused again\b/,
    instead: 'reused',
    bad: 'the pid was used again',
    nearMiss: 'the pid was reused',
  },
  {
    pattern: /(?<!\/)\bPID (?:\d|\$?\{)/,
    instead: 'pid 4242; Process 4242 at the start; PID only in titles',
    bad: "'Whether PID {0} got it'",
    nearMiss: 'pid {0}; another PID namespace; Copy PID; taskkill /PID 4242',
  },
  {
    pattern: /\bif need be\b/,
    instead: 'if needed',
    bad: 'with sudo if need be',
    nearMiss: 'if it need not be there',
  },
  {
    pattern: /(?<!such )\bas [`“]?:\d/,
    instead: 'such as :3000',
    bad: 'a port as :3000',
    nearMiss: 'a port such as :3000',
  },
  {
    pattern: /\bgoes? on \w+ing\b/,
    instead: 'continues to run',
    bad: 'what it has started goes on running',
    nearMiss: 'this goes on the row',
  },
  {
    pattern: /\btime (?:is|was) over\b/,
    instead: 'the time is up',
    bad: 'the time is over',
    nearMiss: 'the conflict is over',
  },
  {
    pattern: /\btid(?:y|ies|ied) up\b/,
    instead: 'clean up',
    bad: 'it cannot tidy up',
    nearMiss: 'a tidy upstream',
  },
];

const read = (file: string): string => fs.readFileSync(path.join(ROOT, file), 'utf8');
const PAGES = [
  ...[
    'README.md',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'SUPPORT.md',
    'package.json',
    'package.nls.json',
  ],
  ...fs
    .readdirSync(path.join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...fs.readdirSync(path.join(ROOT, 'media/walkthrough')).map((name) => `media/walkthrough/${name}`),
];
/** What the mutation page quotes are pieces of code. */
const isQuoted = (file: string, line: string): boolean => file === 'docs/mutation.md' && /^\| `/.test(line);

const pieces = [
  ...readTexts('src').flatMap(({ file, text }) => prosePieces(text).map((piece) => ({ file, piece }))),
  ...PAGES.flatMap((file) =>
    read(file)
      .split('\n')
      .filter((line) => !isQuoted(file, line))
      .map((line) => ({ file, piece: line.replace(/`[^`]*`/g, '``') })),
  ),
];

test.each(HABITS)('no text says what $pattern finds, but: $instead', ({ pattern, bad, nearMiss }) => {
  expect(bad).toMatch(pattern);
  expect(nearMiss).not.toMatch(pattern);
  expect(
    pieces.filter(({ piece }) => pattern.test(piece)).map(({ file, piece }) => `${file}: ${piece}`),
  ).toEqual([]);
});

test('comments and strings are read, code is not', () => {
  const text =
    "/** Reads\n * it. */\nconst nobody = 'held by {0}'; // why\nconst at = `pid ${nobody} is here`;\n";
  expect(prosePieces(text)).toEqual(['/** Reads it. */', "'held by {0}'", '// why', '`pid ${', '} is here`']);
  expect(pieces.length).toBeGreaterThan(5000);
});
