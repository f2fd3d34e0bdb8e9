/**
 * As much of Vitest as the unit tests use, to run them thousands of times in one process: a test is a function, and
 * `expect` is Vitest's own. What the real one would do differently shows in `npm run mutation -- --vitest`.
 */
import { format } from 'node:util';
import { Script } from 'node:vm';
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';

type Body = () => unknown;

export interface Test {
  name: string;
  body: Body;
  suites: readonly Suite[];
}

interface Suite {
  name: string;
  before: Body[];
  after: Body[];
  beforeEach: Body[];
  afterEach: Body[];
}

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);
const global = globalThis as unknown as Record<PropertyKey, object>;
const expect = Object.assign(
  (value: unknown, message?: string) => chai.expect(value, message),
  chai.expect,
  global[ASYMMETRIC_MATCHERS_OBJECT],
);
global[GLOBAL_EXPECT] = expect;
setState({ assertionCalls: 0, isExpectingAssertions: false }, expect as never);

/** As the title of one row of a table: `%s` and its kin take the cells in turn, `$name` a field of the first. */
const rowTitle = (title: string, cells: readonly unknown[]): string => {
  const fields = cells[0] as Record<string, unknown> | undefined;
  const filled = title.replace(/\$(\w+)/g, (all, name: string) =>
    typeof fields === 'object' && name in fields ? String(fields[name]) : all,
  );
  const slots = filled.match(/%[sdifjoO]/g)?.length ?? 0;
  return format(filled, ...cells.slice(0, slots));
};

interface Each {
  (title: string, body: Body): void;
  each: (rows: readonly unknown[]) => (title: string, body: (...cells: unknown[]) => unknown) => void;
  runIf: (isSo: boolean) => Each;
}

const withEach = (one: (title: string, body: Body) => void): Each =>
  Object.assign((title: string, body: Body) => one(title, body), {
    runIf: (isSo: boolean): Each => withEach(isSo ? one : () => undefined),
    each:
      (rows: readonly unknown[]) =>
      (title: string, body: (...cells: unknown[]) => unknown): void => {
        for (const row of rows) {
          const cells: unknown[] = Array.isArray(row) ? row : [row];
          one(rowTitle(title, cells), () => body(...cells));
        }
      },
  });

/** Collects what a test file declares; `api` is what the file imports from 'vitest'. */
export class Collector {
  readonly tests: Test[] = [];
  #suites: Suite[] = [suite('')];

  readonly #it = withEach((name, body) => {
    const names = [...this.#suites.map((each) => each.name), name];
    this.tests.push({ name: names.join(' ').trim(), body, suites: this.#suites });
  });

  readonly api = {
    expect: Object.assign(expect, { soft: expect }),
    it: this.#it,
    test: this.#it,
    describe: withEach((name, body) => {
      const outer = this.#suites;
      this.#suites = [...outer, suite(name)];
      body();
      this.#suites = outer;
    }),
    beforeAll: (body: Body): unknown => this.#suites.at(-1)?.before.push(body),
    afterAll: (body: Body): unknown => this.#suites.at(-1)?.after.push(body),
    beforeEach: (body: Body): unknown => this.#suites.at(-1)?.beforeEach.push(body),
    afterEach: (body: Body): unknown => this.#suites.at(-1)?.afterEach.push(body),
  };
}

const suite = (name: string): Suite => ({ name, before: [], after: [], beforeEach: [], afterEach: [] });

/** A test that has not ended in time: most likely it never would. */
export class OutOfTime extends Error {}

const holder = globalThis as unknown as { testToRun?: Body };
const limited = new Script('testToRun()');

/** Ends loops as well. */
async function within(limitMs: number, body: Body): Promise<void> {
  if (!Number.isFinite(limitMs)) return void (await body());
  holder.testToRun = body;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new OutOfTime()), limitMs);
  });
  try {
    await Promise.race([limited.runInThisContext({ timeout: limitMs }) as unknown, late]);
  } catch (error) {
    const { code } = error as { code?: unknown };
    throw code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? new OutOfTime() : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Runs tests one by one; a suite begins with its first test, and ends at `end`. */
export class Suites {
  readonly #begun = new Set<Suite>();

  async run({ body, suites }: Test, limitMs = Infinity): Promise<void> {
    for (const each of suites.filter((one) => !this.#begun.has(one))) {
      this.#begun.add(each);
      for (const before of each.before) await before();
    }
    for (const each of suites) for (const before of each.beforeEach) await before();
    try {
      await within(limitMs, body);
    } finally {
      for (const each of suites.toReversed()) for (const after of each.afterEach) await after();
    }
  }

  async end(): Promise<void> {
    for (const each of [...this.#begun].reverse()) for (const after of each.after) await after();
  }
}
