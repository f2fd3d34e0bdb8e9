/** What the descriptors of a process lead to, as far as it tells two runs of one program apart. */
import type { RunFacts } from '../../../model/processes/runFacts';
import type { Sockets } from '../ports/socketTables';
import { readText } from '../procfs/read';
import { linksOf, type OpenLink, type OpenLinks } from './links';
import { isTerminal, kindsOf } from './openKinds';
import { readSharedMemory } from './sharedMemory';
import { readWaits } from './waits';

export interface Surroundings {
  /** What its ancestors have open, of those that show it. */
  above: () => readonly OpenLinks[];
  /** The sockets of its network. */
  sockets: () => Sockets;
}

/** A process that watches more files has longer ones; then it is not known which. */
const INFO_LIMIT = 256 << 10;

const inodeOf = (link: string): string | undefined => /^socket:\[(\d+)\]$/.exec(link)?.[1];

/** Does an ancestor read what others write into it? */
const isReadAbove = ({ link }: OpenLink, above: readonly OpenLinks[]): boolean =>
  above.some(({ links }) => links.some((one) => one.link === link && one.reads));

/** Shells keep what a command redirects from this number on, and close it in what they start. */
const SAVED = 10;
const isKept = (info: string): boolean => /^flags:\s*0?[2367]\d{6}$/m.test(info);

/** What a shell writes a program's messages to; whoever starts it once more may give it a file of another name. */
const LOG = /\.(?:log|out|err)$/i;

const isStandard = ({ fd }: OpenLink): boolean => fd === 1 || fd === 2;

class Reading {
  readonly #pid: number;
  readonly #open: OpenLinks;
  readonly #around: Surroundings;
  readonly uses = new Map<string, string>();
  readonly writesTo = new Set<string>();
  readonly readsFrom = new Set<string>();
  listens = false;
  accepts = false;
  #above: readonly OpenLinks[] | undefined;

  constructor(pid: number, open: OpenLinks, around: Surroundings) {
    this.#pid = pid;
    this.#open = open;
    this.#around = around;
  }

  get #ancestors(): readonly OpenLinks[] {
    return (this.#above ??= this.#around.above());
  }

  /** A shell keeps copies of what it redirects, for none that it starts. */
  #isOutput(one: OpenLink): boolean {
    return isStandard(one) || (one.fd >= SAVED && isKept(infoAt(this.#open.folder, one.fd)));
  }

  /** A file, a pipe or a socket is; nothing, and a terminal, choose nothing. A pipe may be left of a program that has ended. */
  input(): string | undefined {
    const link = this.#open.links.find(({ fd }) => fd === 0)?.link;
    if (link === undefined || isTerminal(link) || /^\/dev\/(?:null|zero|tty)$/.test(link)) return undefined;
    const isLeft =
      link.startsWith('pipe:') &&
      !this.#ancestors.some(({ links }) => links.some((one) => one.link === link && one.writes));
    return isLeft ? `left ${link}` : link;
  }

  note({ uses }: { uses: Iterable<readonly [string, string]> }): void {
    for (const [identity, kind] of uses) this.uses.set(identity, kind);
  }

  pipe(one: OpenLink): void {
    this.#ends(one.link, one);
    // An ancestor that takes what it says does so for each start.
    if (one.fd === 0 || (this.#isOutput(one) && isReadAbove(one, this.#ancestors))) return;
    const name = isStandard(one) ? `out ${one.link}` : one.link;
    this.uses.set(name, name);
  }

  file(one: OpenLink, terminals: ReadonlySet<string>): void {
    const infoOf = (fd: number): string => infoAt(this.#open.folder, fd);
    const uses = kindsOf(one, { pid: this.#pid, terminals, infoOf });
    if (one.fd !== 0 && !(isStandard(one) && LOG.test(one.link))) this.note({ uses });
    if (uses.length > 0 && one.link.startsWith('/')) this.#ends(one.link, one);
  }

  socket(one: OpenLink, inode: string): void {
    const { byInode, pending } = this.#around.sockets();
    const known = byInode.get(inode);
    if (known === undefined) {
      this.uses.set(one.link, one.link);
    } else if (known.use === 'counted') {
      // The kernel does not show who has the other end: the program that started it, or the journal, nearly always.
      if (one.fd !== 0 && !this.#isOutput(one)) this.uses.set(one.link, known.kind);
    } else if (known.use === 'listens') {
      this.listens = true;
      if (known.at !== undefined) this.readsFrom.add(`port:${known.at}`);
    } else {
      this.#connection(one, known, pending);
    }
  }

  #connection(
    { link }: OpenLink,
    { use, from, to }: { use: 'connected' | 'accepted'; from?: string; to?: string },
    pending: ReadonlySet<string>,
  ): void {
    if (use === 'accepted') this.uses.set(link, link);
    if (from === undefined || to === undefined) {
      this.accepts = true;
      return;
    }
    this.writesTo.add(`${from}>${to}`);
    this.readsFrom.add(`${to}>${from}`);
    if (pending.has(`${to}>${from}`)) this.writesTo.add(`port:${to.slice(to.indexOf(':') + 1)}`);
  }

  #ends(name: string, { reads, writes }: OpenLink): void {
    if (reads) this.readsFrom.add(name);
    if (writes) this.writesTo.add(name);
  }
}

function infoAt(folder: string, fd: number): string {
  const text = readText(`${folder}info/${fd}`, INFO_LIMIT);
  return typeof text === 'string' ? text : '';
}

/** Does it wait, by one of its event polls, for what is typed? `tfd: 5 events: 19 …` (proc_pid_fdinfo(5)). */
const pollsTerminal = ({ folder, links }: OpenLinks, terminals: ReadonlySet<number>): boolean =>
  terminals.size > 0 &&
  links
    .filter(({ link }) => link.includes('[eventpoll]'))
    .some(({ fd }) =>
      [...infoAt(folder, fd).matchAll(/^tfd:\s*(\d+) events:\s*([0-9a-f]+)/gm)].some(
        ([, target, events = '0']) =>
          terminals.has(Number(target)) && (Number.parseInt(events, 16) & 1) !== 0,
      ),
    );

type Descriptors = Pick<
  RunFacts,
  'uses' | 'writesTo' | 'readsFrom' | 'input' | 'accepts' | 'readsTerminal' | 'listens' | 'isCut'
>;

/** Reads them. Nothing where they may not be read. */
export function readDescriptors(pid: number, around: Surroundings): Descriptors {
  const open = linksOf(pid);
  if (open === undefined) return {};
  const reading = new Reading(pid, open, around);
  const ofTerminals = open.links.filter(({ link }) => isTerminal(link) || link === '/dev/tty');
  const own = new Set(ofTerminals.filter(({ fd }) => fd <= 2).map(({ link }) => link));
  for (const one of open.links) {
    const inode = inodeOf(one.link);
    if (one.link.startsWith('pipe:')) reading.pipe(one);
    else if (inode === undefined) reading.file(one, own);
    else reading.socket(one, inode);
  }
  const memory = readSharedMemory(pid);
  if (memory !== undefined) reading.note(memory);
  const terminals = new Set(ofTerminals.filter(({ reads }) => reads).map(({ fd }) => fd));
  const waits = readWaits(pid, terminals);
  for (const queue of waits.queues) reading.uses.set(queue, queue);
  const input = reading.input();
  const { uses, writesTo, readsFrom, listens, accepts } = reading;
  return {
    uses,
    ...(writesTo.size === 0 ? {} : { writesTo }),
    ...(readsFrom.size === 0 ? {} : { readsFrom }),
    ...(open.isCut || waits.isCut || memory?.isCut === true ? { isCut: true } : {}),
    ...(input === undefined ? {} : { input }),
    ...(accepts ? { accepts } : {}),
    ...(listens ? { listens } : {}),
    ...(waits.readsTerminal || pollsTerminal(open, terminals) ? { readsTerminal: true } : {}),
  };
}
