import { describe, expect, it } from 'vitest';
import { localTime } from '../../../src/model/text';
import { whoTable } from '../../../src/ui/text/pages/who';
import { holder, HOUR, instance, lockFile, NOW, processInfo, service } from './snapshots';

describe('the table of who it is', () => {
  it('names each instance, since when it runs, and the proof', () => {
    const table = whoTable(
      service({ instances: [instance(7), instance(8, 'duplicate')] }),
      new Map([[7, 'proven: x']]),
    );
    const since = localTime(NOW - 3 * HOUR);
    expect(table.split('\n').slice(-2)).toEqual([
      `| owner | pid 7 bot.py | ${since} | proven: x |`,
      `| duplicate | pid 8 bot.py | ${since} |  |`,
    ]);
  });

  it('says unknown, and why, of a holder that cannot be named', () => {
    const unknown = { inherited: false, deletedInode: false, unknownReason: 'outside this container' };
    expect(whoTable(service({ instances: [], lockFiles: [lockFile([unknown])] }), new Map())).toContain(
      '| holder | unknown |  | outside this container |',
    );
  });

  it('names a program whole where a row of the side bar would cut it off', () => {
    const root = processInfo(7, { command: 'node hermes_gateway.cjs' });
    expect(whoTable(service({ instances: [{ ...instance(7), root }] }), new Map())).toContain(
      '| pid 7 hermes\\_gateway.cjs |',
    );
  });

  it('is not there where nothing runs', () => {
    expect(whoTable(service({ instances: [], lockFiles: [lockFile([])] }), new Map())).toBe('');
    expect(whoTable(service({ instances: [], lockFiles: [lockFile([holder(9)])] }), new Map())).toBe('');
  });

  it('stays a table whatever a command line says', () => {
    const root = processInfo(7, { command: 'node a|b\n|c|.js' });
    const [row] = whoTable(service({ instances: [{ ...instance(7), root }] }), new Map())
      .split('\n')
      .slice(-1);
    expect(row?.match(/(?<!\\)\|/g)).toHaveLength(5);
  });
});
