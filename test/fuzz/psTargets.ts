import fc from 'fast-check';
import { parseLsof } from '../../src/os/darwin/lsof';
import { parsePs, splitCommandLine } from '../../src/os/ps/psOutput';
import { must, type Target } from './fuzz';

const lsofLine = fc
  .tuple(fc.constantFrom('p', 'f', 'i', 'n', 'c', 'u', ''), fc.oneof(fc.nat().map(String), fc.string()))
  .map(([field, value]) => `${field}${value}\n`);

const psLine = fc
  .tuple(
    fc.nat(99_999),
    fc.nat(99_999),
    fc.constantFrom('S', 'Ss', 'R+', 'Z', 'T', 'U', '?'),
    fc.constantFrom('root', 'dana', '_www'),
    fc.constantFrom('Thu Nov 20 09:15:01 2025', 'Fri Jan  2 09:05:07 2026', 'Xyz Abc 99 99:99:99 9999'),
    fc.oneof(fc.string(), fc.constantFrom('/usr/bin/python3 bot.py', '(python3)', '[sh] <defunct>')),
  )
  .map(
    ([pid, ppid, stat, user, start, args]) => `${pid} ${ppid} ${pid} 501 ${stat} ${user} ${start} ${args}\n`,
  );

export const psTargets: readonly Target[] = [
  {
    name: 'lsof',
    run: (input) => {
      for (const { pid } of parseLsof(input)) must(Number.isInteger(pid) && pid >= 0, `pid ${pid}`);
    },
    lookalikes: fc.array(lsofLine).map((all) => all.join('')),
    pumps: ['p1\n', 'f3\n', 'p1\nf3\ni9\nn/x\n', '\n', 'n', ' '],
    encoding: 'utf8',
  },
  {
    name: 'ps',
    run: (input) => {
      for (const { pid, ppid, startTime, argv } of parsePs(input)) {
        must(Number.isInteger(pid) && Number.isInteger(ppid), `pid ${pid}, parent ${ppid}`);
        must(startTime === undefined || Number.isFinite(startTime), `start ${startTime}`);
        must(
          argv.every((word) => word !== ''),
          'an empty word',
        );
      }
      splitCommandLine(input, '/usr/bin/python3');
    },
    lookalikes: fc.array(psLine).map((all) => all.join('')),
    pumps: [' ', '1 ', '1 1 1 1 S a Thu Nov 20 09:15:01 2025 x\n', '(', '[', '<defunct>', ')', '\n', 'a'],
    encoding: 'utf8',
  },
];
