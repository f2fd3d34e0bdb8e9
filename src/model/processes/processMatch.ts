/** Which processes are the service's, and which log lines tell of a conflict: settings compiled to predicates. */
import { assertNever } from '../../common/assertNever';
import type { ProcessFacts } from '../facts';
import { COMMAND_LIMIT, hasWords, names } from './naming';
import { programOf } from './program';
import { regexLiteral, type RegexEngine } from '../settings/regex';
import type { ProcessMatcher } from '../service';

type Matched = Pick<ProcessFacts, 'argv'> &
  Partial<Pick<ProcessFacts, 'comm' | 'cwd' | 'cwdId' | 'cwdDeleted' | 'exe'>>;

/** Does a process work in this folder? By default their paths are compared; who can, compares what they lead to. */
export type WorksIn = (process: Matched, folder: string) => boolean;

const withoutSlash = (path: string): string => (path.length > 1 ? path.replace(/[\\/]$/, '') : path);

const worksInPath: WorksIn = ({ cwd }, folder) =>
  cwd !== undefined && withoutSlash(cwd.replace(/ \(deleted\)$/, '')) === withoutSlash(folder);

const described = (process: Matched): ProcessFacts => ({ pid: 0, comm: '', ...process });

/** The interpreter itself, when nothing but its name is given: `node`, with a directory beside it. */
const isInterpreter = (text: string, { argv, exe }: Matched): boolean =>
  text === argv[0] || text === exe || text === argv[0]?.slice(argv[0].lastIndexOf('/') + 1);

function compileCommand(
  matcher: Exclude<ProcessMatcher, { kind: 'commandAndCwd' }>,
  engine: RegexEngine | undefined,
): (process: Matched) => boolean {
  if (matcher.kind === 'substring') {
    const test = (commandLine: string): boolean => hasWords(commandLine, matcher.text);
    return (process) =>
      test(process.argv.join(' ').slice(0, COMMAND_LIMIT)) &&
      (isInterpreter(matcher.text, process) || names(test, process, programOf(described(process))));
  }
  if (engine === undefined) {
    throw new Error('no engine for regular expressions');
  }
  const regex = engine(matcher.source, matcher.flags);
  const test = (commandLine: string): boolean => regex.test(commandLine);
  return (process) =>
    test(process.argv.join(' ').slice(0, COMMAND_LIMIT)) &&
    names(test, process, programOf(described(process)));
}

/** Returns a test for the paths of folders. Throws the engine's Error for an invalid pattern, and one without an engine. */
export function compileFolder(source: string, engine: RegexEngine | undefined): (folder: string) => boolean {
  if (engine === undefined) {
    throw new Error('no engine for regular expressions');
  }
  const regex = engine(source, '');
  return (folder) => regex.test(folder);
}

/**
 * A predicate over processes: does the matcher name what the process runs (`naming.ts`), in its folder if it has one?
 * A regular expression needs the engine; throws the engine's Error for an invalid one, and one without an engine.
 * Kernel threads and zombies, which have no arguments, never match.
 */
export function compileMatcher(
  matcher: ProcessMatcher,
  engine?: RegexEngine,
  worksIn: WorksIn = worksInPath,
): (process: Matched) => boolean {
  switch (matcher.kind) {
    case 'substring':
    case 'regex': {
      const command = compileCommand(matcher, engine);
      return (process) => process.argv.length > 0 && command(process);
    }
    case 'commandAndCwd': {
      const command = compileMatcher(matcher.command, engine, worksIn);
      const { cwd, cwdPattern } = matcher;
      const folder = cwdPattern === undefined ? undefined : compileFolder(cwdPattern, engine);
      // The command first: what a path leads to may have to be read.
      return (process) =>
        command(process) &&
        (cwd === undefined || worksIn(process, cwd)) &&
        (folder === undefined || (process.cwd !== undefined && folder(process.cwd)));
    }
    default:
      return assertNever(matcher);
  }
}

/** A predicate over log lines: any of the texts or `/regex/` patterns. Throws as `compileMatcher` does. */
export function compileLinePatterns(
  patterns: readonly string[],
  engine?: RegexEngine,
): (line: string) => boolean {
  const tests = patterns.map((pattern) => {
    const literal = regexLiteral(pattern);
    if (literal === undefined) {
      return (line: string): boolean => line.includes(pattern);
    }
    if (engine === undefined) {
      throw new Error('no engine for regular expressions');
    }
    const regex = engine(literal.source, literal.flags);
    return (line: string): boolean => regex.test(line);
  });
  return (line) => tests.some((test) => test(line));
}
