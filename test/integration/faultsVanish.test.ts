import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ServiceState } from '../../src/api';
import { blockUntil, kindOf, withFaults, type Call } from '../faults/inject';
import { actorPath } from '../fixtures/actors';
import { observerOf, Seen, service } from '../fixtures/observe';
import { isRunning } from '../fixtures/proc';
import { withStage, type Stage } from '../fixtures/stage';

/** `FAULTS=all`: before every read. Otherwise before every seventh, on another day before other ones. */
const EVERY = process.env['FAULTS'] === 'all' ? 1 : 7;
const TURN = Math.floor(Date.now() / 86_400_000) % EVERY;

/** A process whose parent reaps it at once, so that it really vanishes: this one could not, while a call blocks it. */
async function startReaped(stage: Stage, role: string, args: readonly string[]): Promise<number> {
  const script = '"$@" & wait $!; exit 0';
  const actor = await stage.startCommand(
    'sh',
    ['-c', script, 'sh', process.execPath, actorPath('holder'), '--role', role, ...args],
    { roles: [role] },
  );
  return actor.pidOf(role);
}

describe.skipIf(process.platform !== 'linux')('a process that vanishes between two reads', () => {
  it('is survived wherever it happens, never called a conflict, and gone from the next look on', async () => {
    await withStage(async (stage) => {
      const lock = stage.path('bot.lock');
      const pidFile = stage.path('bot.pid');
      const services = [
        service('lock', { lockFiles: [lock] }),
        service('pid', { pidFiles: [pidFile] }),
        service('both', {
          lockFiles: [lock],
          pidFiles: [pidFile],
          process: { kind: 'substring', text: lock },
        }),
      ];
      const begin = async (): Promise<number> => {
        const pid = await startReaped(stage, 'bot', ['--file', lock, '--heirs', '0']);
        fs.writeFileSync(pidFile, String(pid));
        return pid;
      };
      const concerns = ({ path }: Call, pid: number): boolean =>
        path.startsWith(`/proc/${pid}/`) ||
        path.startsWith(stage.folder) ||
        path === '/proc/locks' ||
        path === '/proc';

      // Which reads there are: those of an undisturbed first look.
      const first = await begin();
      const reads: string[] = [];
      const undisturbed = new Seen(observerOf([]));
      await withFaults(
        (call) => {
          if (concerns(call, first)) reads.push(kindOf(call, stage.folder));
          return undefined;
        },
        async () => {
          undisturbed.observer.configure(services, { probe: undefined, probePolicy: 'never' });
          await undisturbed.tick();
        },
      );
      expect([...undisturbed.services.values()].map(({ state }) => state)).toEqual(['held', 'held', 'held']);
      undisturbed.observer.close();
      stage.signal(first, 'SIGKILL');
      expect(reads.length).toBeGreaterThan(15);

      const wrong: string[] = [];
      const during: Record<string, number> = {};
      for (const [index, read] of reads.entries()) {
        if (index % EVERY !== TURN) continue;
        const pid = await begin();
        const seen = new Seen(observerOf([]));
        let count = 0;
        const vanish = (): void => {
          stage.signal(pid, 'SIGKILL');
          blockUntil(() => !isRunning(pid) && !fs.existsSync(`/proc/${pid}`), `pid ${pid} did not vanish`);
        };
        await withFaults(
          (call) => {
            if (!concerns(call, pid) || count++ !== index) return undefined;
            vanish();
            return undefined;
          },
          async () => {
            seen.observer.configure(services, { probe: undefined, probePolicy: 'never' });
            await seen.tick();
          },
        );
        if (isRunning(pid)) vanish(); // fewer reads than the first time
        for (const { name, state } of seen.services.values()) {
          during[`${name} ${state}`] = (during[`${name} ${state}`] ?? 0) + 1;
          const allowed: readonly ServiceState[] = ['held', 'free', 'stale', 'unverified'];
          if (!allowed.includes(state)) wrong.push(`vanished before ${read}: ${name} is ${state}`);
        }
        await seen.tick();
        await seen.tick();
        const after = [...seen.services.values()].map(({ state }) => state).join(' ');
        if (after !== 'free stale stale') wrong.push(`vanished before ${read}: two looks later ${after}`);
        seen.observer.close();
      }
      console.log(
        `vanished before ${Math.ceil(reads.length / EVERY)} of ${reads.length} reads; shown by that look:`,
        during,
      );
      expect(wrong).toEqual([]);
    });
  }, 180_000);
});
