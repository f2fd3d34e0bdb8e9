import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { busyThreads, stillBusy, type BusyThread } from '../../src/os/linux/processes/inFlight';
import { eventually } from '../harness/eventually';

describe.runIf(process.platform === 'linux')('a grace period for system calls', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  const started = async (script: string): Promise<ChildProcess> => {
    const child = spawn(process.execPath, ['-e', `process.stdout.write('ready');${script}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    await once(child.stdout, 'data');
    return child;
  };
  const of = ({ pid }: ChildProcess, threads: readonly BusyThread[]): readonly BusyThread[] =>
    threads.filter(({ folder }) => folder.startsWith(`/proc/${pid}/`));

  it('waits for who is running, until it has run on, and never for who sleeps', async () => {
    const sleeper = await started('setInterval(() => 0, 1e6)');
    const runner = await started('for (;;);');
    const busy = await eventually(
      'the sleeper asleep and the runner running',
      () => busyThreads(),
      (threads) => of(sleeper, threads).length === 0 && of(runner, threads).length === 1,
    );
    await eventually(
      'the runner to have run on',
      () => stillBusy(busy),
      (left) => of(runner, left).length === 0,
    );
  });

  it('does not wait for who has ended or was stopped', async () => {
    for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
      const runner = await started('for (;;);');
      const busy = of(runner, busyThreads());
      runner.kill(signal);
      await eventually(
        `who got ${signal}`,
        () => stillBusy(busy),
        (left) => left.length === 0,
      );
    }
  });

  it('goes on waiting for who is caught in the middle', async () => {
    const runner = await started('for (;;);');
    const [thread] = await eventually(
      'the runner running',
      () => of(runner, busyThreads()),
      (threads) => threads.length === 1,
    );
    // For less than a tick of its time on a CPU it may still be in the same call.
    const folder = thread?.folder ?? '';
    await eventually(
      'the runner still in the middle',
      () => {
        const ranNs = Number(readFileSync(`${folder}/schedstat`, 'latin1').split(' ')[0]);
        return stillBusy([{ folder, ranNs }]).length;
      },
      (count) => count === 1,
    );
    // As if no time had been had on a CPU since.
    const later = { ...thread, folder: thread?.folder ?? '', ranNs: Number.MAX_SAFE_INTEGER };
    expect(stillBusy([{ ...later, ranNs: undefined }])).toHaveLength(1);
    // A number that another thread has now.
    expect(stillBusy([later])).toEqual([]);
  });
});
