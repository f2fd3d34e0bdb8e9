import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Arrivals } from '../../../src/os/linux/processes/arrivals';

describe.runIf(process.platform === 'linux')('whether processes may have come', () => {
  let procfs: string;
  let arrivals: Arrivals | undefined;

  const write = (text: string): void => fs.writeFileSync(path.join(procfs, 'loadavg'), text);
  const open = (): Arrivals => (arrivals = new Arrivals(procfs));
  /** For so many looks in a row: `L` where a list has to be made. */
  const looks = (count: number): string =>
    Array.from({ length: count }, () => (arrivals?.mayHaveCome() === true ? 'L' : '-')).join('');

  beforeEach(() => {
    procfs = fs.mkdtempSync(path.join(os.tmpdir(), 'instance-monitor-arrivals-'));
    write('0.20 0.18 0.12 1/79 1206\n');
    open();
  });
  afterEach(() => {
    fs.rmSync(procfs, { recursive: true });
  });

  test('is not asked of a list once two have been made with the same figures, but for each eighth time', () => {
    expect(looks(20)).toBe('LL-------L-------L--');
  });

  test.each([
    ['another pid was given', '0.20 0.18 0.12 1/79 1207\n'],
    ['there is another number of threads', '0.20 0.18 0.12 1/78 1206\n'],
  ])('is asked again twice when %s', (_, text) => {
    expect(looks(5)).toBe('LL---');
    write(text);
    expect(looks(5)).toBe('LL---');
  });

  test('does not depend on the load, nor on who runs', () => {
    expect(looks(3)).toBe('LL-');
    write('9.99 1.00 0.50 7/79 1206\n');
    expect(looks(3)).toBe('---');
  });

  test('is asked each time once a list has found newcomers of which the figures said nothing', () => {
    looks(9);
    expect(looks(1)).toBe('L');
    arrivals?.noteFound();
    expect(looks(12)).toBe('LLLLLLLLLLLL');
  });

  test('is believed further where newcomers came with other figures, or between the figures and the list', () => {
    looks(4);
    write('0.20 0.18 0.12 1/80 1207\n');
    expect(looks(1)).toBe('L');
    arrivals?.noteFound();
    expect(looks(8)).toBe('L-------');
    expect(looks(1)).toBe('L');
    write('0.20 0.18 0.12 1/81 1208\n');
    arrivals?.noteFound();
    expect(looks(4)).toBe('LL--');
  });

  test.each([
    ['says that there are no processes', () => write('0.00 0.00 0.00 0/0 0\n')],
    ['says something else', () => write('none\n')],
    ['is not there', () => fs.rmSync(path.join(procfs, 'loadavg'))],
    [
      'comes from another file system',
      () => {
        fs.rmSync(path.join(procfs, 'loadavg'));
        fs.symlinkSync('/proc/loadavg', path.join(procfs, 'loadavg'));
      },
    ],
  ])('is asked each time where the file %s', (_, change) => {
    change();
    open();
    expect(looks(12)).toBe('LLLLLLLLLLLL');
  });

  test('is asked each time once the file cannot be read any more', () => {
    expect(looks(4)).toBe('LL--');
    write('');
    expect(looks(12)).toBe('LLLLLLLLLLLL');
  });
});
