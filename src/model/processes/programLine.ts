/** What a process runs, without what it was told: `python3 bot.py`. For who may not see arguments, and for short rows. */
import type { ProcessFacts } from '../facts';
import { programOf } from './program';
import { hideSecrets } from '../secrets/index';
import { oneLine } from '../text';

/** A file name; what has spaces, signs or an assignment in it may be an argument. */
const NAME = /^[\p{L}\p{N}_@.+~[-][\p{L}\p{N}_@.+~:\]-]{0,63}$/u;

const baseOf = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

/** As a row may show it: the name of a program or script, and nothing that looks secret. */
function nameIn(text: string | undefined): string | undefined {
  const name = text === undefined ? '' : baseOf(text).replace(/^-/, '').replace(/:$/, '');
  return NAME.test(name) && hideSecrets(name) === name ? name : undefined;
}

/** The program: `python3`, `nginx` of `nginx: worker process`, `[comm]` where no arguments are to be had. */
function nameOf({ argv, exe, comm }: ProcessFacts): string {
  const [first = ''] = argv;
  // A title with spaces is one argument; with a path it may as well be a path with spaces.
  const program = first.includes(' ')
    ? first.startsWith('/')
      ? (nameIn(exe) ?? nameIn(comm))
      : nameIn(first.split(' ', 1)[0])
    : nameIn(first);
  return program ?? nameIn(exe) ?? (nameIn(comm) ? `[${comm}]` : '[?]');
}

/**
 * Program and script only: `python3 bot.py`, `python3 -m app.worker`, `bash run.sh`, `nginx`. No option, no other argument,
 * no folder.
 */
export function programLine(process: ProcessFacts): string {
  const program = nameOf(process);
  if (process.argv.length === 0) return oneLine(program, 100);
  const { name, key } = programOf(process);
  const script = program.startsWith(name) ? undefined : nameIn(name);
  if (script === undefined) return oneLine(program, 100);
  return oneLine(key?.startsWith('-m ') === true ? `${program} -m ${script}` : `${program} ${script}`, 100);
}
