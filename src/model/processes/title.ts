/** Whether a process shows its arguments, or a text that it put in their place. */
import type { ProcessFacts } from '../facts';
import { baseName, INTERPRETERS } from './programNames';

type Titled = Pick<ProcessFacts, 'argv'> & Partial<Pick<ProcessFacts, 'exe'>>;

/** `/opt/redis-server 127.0.0.1:6379`: a path with a blank is one too, unless that is the file that runs. */
function isPathWithText(first: string, exe: string | undefined): boolean {
  return exe !== undefined && exe !== first && !(exe.includes(' ') && first.endsWith(baseName(exe)));
}

/**
 * Is the command line a title set by setproctitle(3), `process.title` or `$0`: one argument with blanks, one whose rest was
 * overwritten, or one word that is not the interpreter which runs? What it was started with is then not known.
 */
export function isTitle({ argv, exe }: Titled): boolean {
  const [first = '', ...rest] = argv;
  if (!rest.every((argument) => argument === '')) {
    return false;
  }
  if (first.includes(' ')) {
    return !first.startsWith('/') || isPathWithText(first, exe);
  }
  const runsInterpreter = exe !== undefined && INTERPRETERS.has(baseName(exe));
  return rest.length > 0 || (runsInterpreter && first !== '' && !INTERPRETERS.has(baseName(first)));
}

/** The arguments; those of a title are its words: `nginx: worker process`, `npm run bot`. */
export function argumentsOf(process: Titled): readonly string[] {
  const [first = '', ...rest] = process.argv;
  if (!first.startsWith('/') && isTitle(process)) {
    const parts = first.split(' ').filter((part) => part !== '');
    return [(parts[0] ?? '').replace(/:$/, ''), ...parts.slice(1)];
  }
  return rest.every((argument) => argument === '') ? [first] : process.argv;
}
