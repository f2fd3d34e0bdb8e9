/** What a watched record says of those that it named before, while it is watched and when it is met again. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProcessFacts } from '../../../../src/model/facts';
import { WatchedPaths } from '../../../../src/os/observer/watchedPaths';
import type { Readers } from '../../../../src/os/readers';
import { alive, gone, host, proc } from '../../model/build';

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'watched-paths-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const [first, second] = [proc(4242, 'python web.py'), proc(4300, 'python web.py')];

/** Paths in a world in which these run. */
function pathsIn(runs: readonly ProcessFacts[]): WatchedPaths {
  const find = (pid: number) => runs.find((one) => one.pid === pid);
  const readers = {
    processes: {
      host: host(),
      get: find,
      childrenOf: () => [],
      liveness: (pid: number) => {
        const one = find(pid);
        return one === undefined ? gone : alive(one);
      },
    },
    locks: {
      watch: () => undefined,
      unwatch: () => undefined,
      view: () => ({ locks: [], certainty: 'certain' }),
    },
    readSmallFile: (file: string) => fs.readFileSync(file),
  };
  return new WatchedPaths(readers as unknown as Readers, () => undefined);
}

const record = (): string => join(folder, 'web.pid');
/** Writes it, and returns who is said to have been named before. */
function afterWriting(text: string, paths: WatchedPaths): readonly number[] | undefined {
  fs.writeFileSync(record(), text);
  paths.check(undefined);
  return paths.pidFile(record()).content?.namedBefore?.map(({ pid }) => pid);
}

describe('a watched record', () => {
  it('says nothing of before while it names the same', () => {
    const paths = pathsIn([first, second]);
    paths.add(record());
    expect(afterWriting('4242', paths)).toBeUndefined();
    expect(afterWriting('4242\n', paths)).toBeUndefined();
    expect(paths.pidFile(record()).content).not.toHaveProperty('namedBefore');
  });

  it('says whom it named before, also once it names others again', () => {
    const paths = pathsIn([first, second]);
    paths.add(record());
    afterWriting('4242', paths);
    expect(afterWriting('4999', paths)).toEqual([4242]);
    expect(afterWriting('4300\n', paths)).toEqual([4242]);
    expect(afterWriting('4998\n\n', paths)).toEqual([4242, 4300]);
  });

  it('says so also when it is watched again, and another path does not', () => {
    const paths = pathsIn([first]);
    paths.add(record());
    afterWriting('4242', paths);
    paths.forget(record());
    paths.add(record());
    expect(afterWriting('4999', paths)).toEqual([4242]);
    fs.writeFileSync(join(folder, 'b.pid'), '4999');
    paths.add(join(folder, 'b.pid'));
    expect(paths.pidFile(join(folder, 'b.pid')).content).not.toHaveProperty('namedBefore');
    // One that is not watched has nothing to be remembered.
    paths.forget(join(folder, 'c.pid'));
    paths.add(join(folder, 'c.pid'));
    expect(paths.pidFile(join(folder, 'c.pid'))).not.toHaveProperty('content');
  });
});
