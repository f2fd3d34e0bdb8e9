/** What a process runs, its folder, and which log lines tell of a conflict: settings compiled to predicates. */
import type { ProcessFacts } from '../facts';
import { COMMAND_LIMIT, hasWords, names } from './naming';
import { programOf, type Program } from './program';
import { regexLiteral, type RegexEngine } from '../settings/regex';
import type { CommandMatcher } from '../service';

type Matched = Pick<ProcessFacts, 'argv'> & Partial<Pick<ProcessFacts, 'comm' | 'exe'>>;

const described = (process: Matched): ProcessFacts => ({ pid: 0, comm: '', ...process });

/** The interpreter itself, when nothing but its name is given: `node`, with a directory beside it. */
const isInterpreter = (text: string, { argv, exe }: Matched): boolean =>
  text === argv[0] || text === exe || text === argv[0]?.slice(argv[0].lastIndexOf('/') + 1);

/**
 * A predicate over processes: does the matcher name what the process runs (`naming.ts`)? A regular expression needs the
 * engine; throws the engine's Error for an invalid one, and one without an engine. Kernel threads and zombies, which
 * have no arguments, never match. `itself`: what a wrapper runs does not count, only the wrapper.
 */
export function compileCommand(
  matcher: CommandMatcher,
  engine?: RegexEngine,
  wrapped: 'wrapped' | 'itself' = 'wrapped',
): (process: Matched) => boolean {
  const test = compileText(matcher, engine);
  const programIn = (process: Matched): Program => {
    const program = programOf(described(process));
    return wrapped === 'wrapped' ? program : { ...program, inner: [] };
  };
  return (process) =>
    process.argv.length > 0 &&
    test(process.argv.join(' ').slice(0, COMMAND_LIMIT)) &&
    ((matcher.kind === 'substring' && isInterpreter(matcher.text, process)) ||
      names(test, matcher.kind === 'substring' ? 'text' : 'pattern', process, programIn(process)));
}

function compileText(
  matcher: CommandMatcher,
  engine: RegexEngine | undefined,
): (commandLine: string) => boolean {
  if (matcher.kind === 'substring') return (commandLine) => hasWords(commandLine, matcher.text);
  return compileRegex(matcher.source, matcher.flags, engine);
}

/** Returns a test for the paths of folders. Throws the engine's Error for an invalid pattern, and one without an engine. */
export function compileFolder(source: string, engine: RegexEngine | undefined): (folder: string) => boolean {
  return compileRegex(source, '', engine);
}

/** A predicate over log lines: any of the texts or `/regex/` patterns. Throws as `compileCommand` does. */
export function compileLinePatterns(
  patterns: readonly string[],
  engine?: RegexEngine,
): (line: string) => boolean {
  const tests = patterns.map((pattern) => {
    const literal = regexLiteral(pattern);
    return literal === undefined
      ? (line: string): boolean => line.includes(pattern)
      : compileRegex(literal.source, literal.flags, engine);
  });
  return (line) => tests.some((test) => test(line));
}

function compileRegex(
  source: string,
  flags: string,
  engine: RegexEngine | undefined,
): (text: string) => boolean {
  if (engine === undefined) {
    throw new Error('no engine for regular expressions');
  }
  const regex = engine(source, flags);
  return (text) => regex.test(text);
}
