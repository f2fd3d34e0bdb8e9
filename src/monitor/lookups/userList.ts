/** Collects who uses something, each process once, and the sentences about what could not be seen. */
import type { ProcessFacts } from '../../model/facts';
import { processInfo } from '../../model/processes/process';
import { compareUses, type Use, type User } from '../../model/users';
import type { UserFinder } from '../../os/users';

/** Users of whom is said what else they hold. */
const WITH_HOLDINGS = 16;

export class UserList {
  readonly #users = new Map<number, { process: ProcessFacts; uses: Use[] }>();
  readonly sentences: { unknown: string[]; notes: string[]; commands: string[] } = {
    unknown: [],
    notes: [],
    commands: [],
  };

  get size(): number {
    return this.#users.size;
  }

  has(pid: number): boolean {
    return this.#users.has(pid);
  }

  add(process: ProcessFacts, use: Use): void {
    const known = this.#users.get(process.pid);
    if (known === undefined) this.#users.set(process.pid, { process, uses: [use] });
    else known.uses.push(use);
  }

  unknown(sentence: string): void {
    this.sentences.unknown.push(sentence);
  }

  note(sentence: string, commands: readonly string[] = []): void {
    this.sentences.notes.push(sentence);
    this.sentences.commands.push(...commands);
  }

  users(finder: UserFinder | undefined): User[] {
    let left = WITH_HOLDINGS;
    return [...this.#users.values()].map(({ process, uses }): User => {
      const holdings = left-- > 0 ? finder?.holdingsOf(process.pid) : undefined;
      return {
        process: processInfo(process),
        uses: merged(uses),
        ancestors: finder?.ancestorsOf(process.pid) ?? (process.ppid === undefined ? [] : [process.ppid]),
        ...(holdings === undefined ? {} : { locks: holdings.locks, ports: holdings.ports }),
      };
    });
  }
}

/** The uses of each kind in one: the first path, and how many there are. */
function merged(uses: readonly Use[]): Use[] {
  const byKind = new Map<string, Use>();
  for (const use of uses) {
    // Several byte ranges of one database are several things that SQLite does.
    const key = use.lock?.role ?? use.kind;
    const before = byKind.get(key);
    const isSame = before?.path === use.path && before?.port === use.port;
    if (before === undefined) byKind.set(key, use);
    else if (!isSame) byKind.set(key, { ...before, count: (before.count ?? 1) + 1 });
  }
  return [...byKind.values()].sort(compareUses);
}
