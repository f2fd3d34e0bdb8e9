/** Which processes are the service's, and which log lines tell of a conflict: settings compiled to predicates. */
import { assertNever } from './assertNever';
import type { ProcessFacts } from './facts';
import { regexLiteral, type RegexEngine } from './regex';
import type { ProcessMatcher, Service } from './service';

/** Longer command lines are matched as far as this, characters. */
const COMMAND_LIMIT = 65_536;

type Matched = Pick<ProcessFacts, 'argv' | 'cwd'>;

const textOf = ({ argv }: Matched): string => argv.join(' ').slice(0, COMMAND_LIMIT);

const withoutSlash = (path: string): string => (path.length > 1 ? path.replace(/[\\/]$/, '') : path);

/**
 * A predicate over processes. A regular expression needs the engine; throws the engine's Error for an invalid one, and
 * one without an engine. Kernel threads and zombies, which have no arguments, never match.
 */
export function compileMatcher(matcher: ProcessMatcher, engine?: RegexEngine): (process: Matched) => boolean {
  switch (matcher.kind) {
    case 'substring':
      return (process) => process.argv.length > 0 && textOf(process).includes(matcher.text);
    case 'regex': {
      if (engine === undefined) {
        throw new Error('no engine for regular expressions');
      }
      const regex = engine(matcher.source, matcher.flags);
      return (process) => process.argv.length > 0 && regex.test(textOf(process));
    }
    case 'commandAndCwd': {
      const command = compileMatcher(matcher.command, engine);
      const cwd = matcher.cwd === undefined ? undefined : withoutSlash(matcher.cwd);
      // The directory first: it is cheaper than a pattern.
      return (process) =>
        (cwd === undefined || (process.cwd !== undefined && withoutSlash(process.cwd) === cwd)) &&
        command(process);
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

const usesRegex = (matcher: ProcessMatcher): boolean =>
  matcher.kind === 'regex' || (matcher.kind === 'commandAndCwd' && usesRegex(matcher.command));

/** Must the engine be loaded for this service? */
export function needsRegex({ process, log }: Pick<Service, 'process' | 'log'>): boolean {
  return (
    (process !== undefined && usesRegex(process)) ||
    (log?.patterns.some((pattern) => regexLiteral(pattern) !== undefined) ?? false)
  );
}
