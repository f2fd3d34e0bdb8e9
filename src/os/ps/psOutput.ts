/** What ps(1) prints for the columns asked for here; the same on macOS, the BSDs and Linux. */
import type { ProcessFacts } from '../../model/facts';

/** One line: `4242 1 4242 501 Ss dana Thu Nov 20 09:15:01 2025 /usr/bin/python3 bot.py`. */
export const PS_COLUMNS = 'pid=,ppid=,pgid=,uid=,stat=,user=,lstart=,args=';

const LINE =
  /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4})\s?(.*)$/;

/** strftime(3) `%c` in the C locale, printed under TZ=UTC; ms since the epoch, cut to the second. */
export function parseStart(text: string): number | undefined {
  const time = Date.parse(`${text} UTC`);
  return Number.isNaN(time) ? undefined : time;
}

/**
 * ps(1): the first letter is the state. The BSDs say I for one that sleeps long and U for one that cannot be
 * interrupted, which Linux calls S and D.
 */
function parseState(stat: string): string {
  const [first = ''] = stat;
  return { I: 'S', U: 'D' }[first] ?? first;
}

/**
 * ps joins the arguments with spaces and does not say where one ends. The program is taken whole when its path is
 * known to be the beginning; the rest is cut at spaces, which is right for all that matching and naming needs.
 */
export function splitCommandLine(line: string, program = ''): string[] {
  if (program !== '' && (line === program || line.startsWith(`${program} `))) {
    return [program, ...words(line.slice(program.length))];
  }
  return words(line);
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** Lines of another shape are left out. */
export function parsePs(output: string): ProcessFacts[] {
  const processes: ProcessFacts[] = [];
  for (const line of output.split('\n')) {
    const [, pid, ppid, pgid, uid, stat = '', user = '', started = '', command = ''] = LINE.exec(line) ?? [];
    if (pid === undefined) {
      continue;
    }
    const startTime = parseStart(started);
    const argv = splitCommandLine(command.trim());
    processes.push({
      pid: Number(pid),
      ppid: Number(ppid),
      pgid: Number(pgid),
      uid: Number(uid),
      user,
      state: parseState(stat),
      comm: baseName(argv[0] ?? ''),
      // A zombie, and a program in brackets, has no arguments left to show.
      argv: stat.startsWith('Z') || /^\(.*\)$|^\[.*\]$|<defunct>$/.test(command.trim()) ? [] : argv,
      ...(startTime === undefined ? {} : { startTime }),
    });
  }
  return processes;
}

export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
