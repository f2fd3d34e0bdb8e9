/** For what the threads of a process wait, as the kernel prints it. */
import { describe, expect, it } from 'vitest';
import { readWaits } from '../../../src/os/linux/processes/waits';
import { asOn, SHOWN_PID, withShown, type Shown } from '../../fixtures/shownProc';

interface Thread {
  wchan: string;
  syscall?: string;
}

function waitsOf(threads: readonly Thread[], terminals: readonly number[] = []) {
  const shown: Shown = Object.fromEntries(
    threads.flatMap(({ wchan, syscall }, index) => {
      const task = `/proc/${SHOWN_PID}/task/${index + 1}`;
      return [
        [`${task}/wchan`, wchan],
        [`${task}/syscall`, syscall ?? { refused: 'EPERM' }],
      ] as const;
    }),
  );
  return withShown(shown, () => readWaits(SHOWN_PID, new Set(terminals)));
}

describe('a thread', () => {
  it.each([
    '__do_semtimedop',
    'do_msgrcv',
    'do_msgsnd',
    'wq_sleep',
    'mq_timedreceive',
    'wait_for_partner',
    'fifo_open',
  ])('waits for another process in %s', (wchan) => {
    expect(waitsOf([{ wchan: 'ep_poll' }, { wchan }]).queues).toEqual([wchan]);
  });

  it.each(['ep_poll', 'hrtimer_nanosleep', 'futex_wait_queue', 'anon_pipe_read', '0'])(
    'waits for nothing of another’s in %s',
    (wchan) => {
      expect(waitsOf([{ wchan }], [0])).toEqual({ queues: [], readsTerminal: false, isCut: false });
    },
  );

  it.each<[string, Thread, readonly number[], boolean]>([
    ['reads it', { wchan: 'wait_woken', syscall: '0 0x0 0x7f 0x1 0x0 0x0 0x0 0x7f 0x7f' }, [0], true],
    ['reads it by another number', { wchan: 'x', syscall: '0 0x1f 0x7f' }, [31], true],
    ['reads it in pieces', { wchan: 'x', syscall: '19 0x0 0x7f' }, [0], true],
    ['selects it', { wchan: 'x', syscall: '23 0x1 0x7f' }, [0], true],
    ['selects it with a mask', { wchan: 'x', syscall: '270 0x1 0x7f' }, [0], true],
    ['selects others, up to another', { wchan: 'x', syscall: '270 0x3 0x7f' }, [0], false],
    ['reads another', { wchan: 'wait_woken', syscall: '0 0x3 0x7f' }, [0], false],
    ['writes another', { wchan: 'x', syscall: '1 0x1 0x7f' }, [0], false],
    ['writes it', { wchan: 'wait_woken', syscall: '1 0x0 0x7f' }, [0], false],
    ['calls nothing', { wchan: '0', syscall: 'running' }, [0], false],
    ['calls what is hidden, and waits for what is typed', { wchan: 'n_tty_read' }, [0], true],
    ['calls what is hidden, and waits as for that', { wchan: 'wait_woken' }, [0], true],
    ['calls what is hidden, and waits for something else', { wchan: 'do_wait_woken' }, [0], false],
    ['calls what is hidden, and waits for more', { wchan: 'n_tty_read_x' }, [0], false],
    ['has none', { wchan: 'wait_woken', syscall: '0 0x0 0x7f' }, [], false],
    ['has none, and calls what is hidden', { wchan: 'n_tty_read' }, [], false],
  ])('that %s reads a terminal or does not', (_, thread, terminals, expected) => {
    expect(asOn('x64', () => waitsOf([thread], terminals)).readsTerminal).toBe(expected);
  });

  it.each<[NodeJS.Architecture, string, string, boolean]>([
    ['arm64', '63 0x0 0x7f', 'x', true],
    ['arm64', '65 0x0 0x7f', 'x', true],
    ['arm64', '72 0x1 0x7f', 'x', true],
    ['arm64', '72 0x2 0x7f', 'x', false],
    ['arm64', '0 0x0 0x7f', 'wait_woken', false],
    // Of others it is not known how they number their calls.
    ['riscv64', '63 0x3 0x7f', 'wait_woken', true],
    ['riscv64', '63 0x0 0x7f', 'x', false],
  ])('of a machine of %s that calls `%s` in %s reads a terminal: %s', (arch, syscall, wchan, expected) => {
    expect(asOn(arch, () => waitsOf([{ wchan, syscall }], [0])).readsTerminal).toBe(expected);
  });

  it('is one of several, of which one reads the terminal', () => {
    const [reads, sleeps] = [{ wchan: 'n_tty_read' }, { wchan: 'hrtimer_nanosleep' }];
    expect(waitsOf([reads, sleeps], [0]).readsTerminal).toBe(true);
    expect(waitsOf([sleeps, reads], [0]).readsTerminal).toBe(true);
  });

  it('is not looked at beyond a number', () => {
    const sleeps = Array.from({ length: 128 }, () => ({ wchan: 'hrtimer_nanosleep' }));
    expect(waitsOf([...sleeps.slice(1), { wchan: 'do_msgrcv' }]).queues).toEqual(['do_msgrcv']);
    expect(waitsOf(sleeps)).toMatchObject({ isCut: false });
    expect(waitsOf([...sleeps, { wchan: 'do_msgrcv' }])).toMatchObject({ queues: [], isCut: true });
  });

  it('of a process that has ended waits for nothing', () => {
    expect(waitsOf([], [0])).toEqual({ queues: [], readsTerminal: false, isCut: false });
  });
});
