import * as fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceSnapshot, ServiceState } from '../../src/api';
import type { Service } from '../../src/model/service';
import { kindOf, withFaults, type FaultCode, type Rule } from '../faults/inject';
import { observerOf, Seen, service } from '../fixtures/observe';
import { Stage } from '../fixtures/stage';

const CODES: readonly FaultCode[] = [
  'ENOENT',
  'EACCES',
  'EIO',
  'ESTALE',
  'EMFILE',
  'ELOOP',
  'ENOSPC',
  'ESRCH',
];

/** `FAULTS=all`: each kind of call with every code. Otherwise each with two, on another day with other ones. */
function codesFor(index: number): readonly FaultCode[] {
  if (process.env['FAULTS'] === 'all') return CODES;
  const turn = index + Math.floor(Date.now() / 86_400_000);
  return [turn, turn + 3].flatMap((at) => CODES[at % CODES.length] ?? []);
}

/** What may be said of each service while something about it cannot be read: less, but nothing untrue. */
const TRUE_OR_UNKNOWN: Readonly<Record<string, readonly ServiceState[]>> = {
  held: ['held', 'unverified'],
  listens: ['held', 'unverified'],
  'live record': ['held', 'unverified'],
  stale: ['stale', 'unverified'],
  free: ['free', 'unverified'],
  link: ['stale', 'unverified'],
};

describe.skipIf(process.platform !== 'linux')('when the operating system refuses', () => {
  let stage: Stage;
  let services: readonly Service[];
  let truth: Readonly<Record<string, ServiceState>>;

  beforeAll(async () => {
    stage = Stage.open();
    const lock = stage.path('held.lock');
    await stage.start('holder', ['--file', lock, '--heirs', '1']);
    const web = await stage.start('dev_server', ['--lock', stage.path('web.pid')]);
    const live = await stage.start('bystander', []);
    const dead = await stage.start('bystander', []);
    await dead.killHard();
    fs.symlinkSync(`${(await import('node:os')).hostname()}-${dead.pid}`, stage.path('link'));
    fs.mkdirSync(stage.path('folder.lock'));
    services = [
      service('held', { lockFiles: [lock] }),
      service('listens', {
        lockFiles: [stage.path('web.pid')],
        ports: [Number(web.ready('server')['port'])],
      }),
      service('live record', { pidFiles: [stage.file('live.pid', String(live.pid))] }),
      service('stale', { pidFiles: [stage.file('stale.pid', `${dead.pid}\n`)] }),
      service('free', { lockFiles: [stage.file('free.lock')] }),
      service('link', {
        pidFiles: [stage.path('link')],
        log: { path: stage.file('bot.log', 'x\n'), patterns: ['Conflict'] },
      }),
      service('glob', {
        lockFiles: [stage.path('*.lock')],
        process: { kind: 'substring', text: 'no such program' },
      }),
    ];
    truth = Object.fromEntries(
      [...(await statesAfter(1)).entries()].map(([name, { state }]) => [name, state]),
    );
  });
  afterAll(() => stage.close());

  async function statesAfter(ticks: number): Promise<ReadonlyMap<string, ServiceSnapshot>> {
    const seen = new Seen(observerOf(services));
    try {
      for (let left = ticks; left > 0; left -= 1) await seen.tick();
      return seen.services;
    } finally {
      seen.observer.close();
    }
  }

  it('sees all of it rightly when nothing fails', () => {
    expect(truth).toMatchObject({
      held: 'held',
      'live record': 'held',
      stale: 'stale',
      free: 'free',
      link: 'stale',
    });
  });

  it('every kind of call failing: polling continues, no false state is shown, all is seen again after', async () => {
    const kinds = new Set<string>();
    const note = async (): Promise<void> => {
      await statesAfter(3);
    };
    await withFaults((call) => void kinds.add(kindOf(call, stage.folder)), note);
    expect(kinds.size).toBeGreaterThan(20);

    const wrong: string[] = [];
    let injected = 0;
    let looks = 0;
    const look = async (seen: Seen): Promise<void> => {
      // Something changes (ctime), so that there is something to read.
      for (const name of ['held.lock', 'stale.pid', 'live.pid']) {
        fs.chmodSync(stage.path(name), looks % 2 === 0 ? 0o600 : 0o644);
      }
      looks += 1;
      await seen.tick();
      await seen.tick();
    };
    for (const [index, kind] of [...kinds].entries()) {
      for (const code of codesFor(index)) {
        const refuse: Rule = (call) => {
          if (kindOf(call, stage.folder) !== kind) return undefined;
          injected += 1;
          return code;
        };
        const check = (seen: Seen, when: string): void => {
          for (const [name, { state }] of seen.services) {
            // "No such file" is an answer, not a refusal: then it is not there.
            const allowed = code === 'ENOENT' || code === 'ESRCH' ? undefined : TRUE_OR_UNKNOWN[name];
            if (allowed?.includes(state) === false) {
              wrong.push(`${code} on ${kind} ${when}: ${name} is ${state}`);
            }
          }
        };
        const checkRecovered = (seen: Seen): void => {
          for (const [name, state] of Object.entries(truth)) {
            // A pattern is expanded every few seconds; at once only when a folder failed to be listed.
            if (name === 'glob' && kind.startsWith('readdir')) continue;
            const now = seen.services.get(name)?.state;
            if (now !== state) wrong.push(`after ${code} on ${kind}: ${name} stays ${now}, not ${state}`);
          }
        };
        let seen: Seen | undefined;
        try {
          // Refused from the first look on, and again when everything is known.
          seen = await withFaults(refuse, async () => {
            const fresh = new Seen(observerOf(services));
            await look(fresh);
            return fresh;
          });
          check(seen, 'at first');
          await look(seen);
          checkRecovered(seen);
          const known = seen;
          await withFaults(refuse, () => look(known));
          check(seen, 'later');
          await look(seen);
          checkRecovered(seen);
        } catch (error) {
          const where = error instanceof Error ? (error.stack ?? '').split('\n', 6).join(' ') : String(error);
          wrong.push(`${code} on ${kind}: threw ${where}`);
        } finally {
          seen?.observer.close();
        }
      }
    }
    console.log(`${kinds.size} kinds of calls × ${codesFor(0).length} codes, ${injected} calls failed`);
    expect(wrong).toEqual([]);
  }, 600_000);
});
