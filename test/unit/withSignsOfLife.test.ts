import { expect, it } from 'vitest';
import type { HostFacts, ServiceFacts, SignsOfLife } from '../../src/model/facts';
import { withSignsOfLife } from '../../src/monitor/signsOfLife';
import {
  alive,
  facts,
  file,
  gone,
  LOCK_PATH,
  lockFile,
  PID_PATH,
  pidFile,
  proc,
  record,
} from './model/build';

const bot = proc(4242, 'python3 bot.py');
const signs: SignsOfLife = { naming: [{ process: bot, by: 'arguments' }], served: [] };

/** What was asked for, and the facts with what was found of everything. */
async function look(given: ServiceFacts, apart?: string) {
  const asked: (readonly string[])[] = [];
  const found = await withSignsOfLife(given, {
    signsOfLife: (paths: readonly string[], _host: HostFacts) => {
      asked.push(paths);
      return Promise.resolve(new Map(paths.map((path) => [path, signs])));
    },
    apart: { mountAt: (path) => (path === apart ? { point: '/mnt', type: 'nfs' } : undefined) },
  });
  return { asked, found };
}

const dead = facts({ pidFiles: [pidFile('4242', gone)] });

it('asks for records that would be offered, in pid files and in locks by existence', async () => {
  const lock = lockFile([], { existence: true, record: record('77', gone, 'bot.lock') });
  const { asked, found } = await look(facts({ pidFiles: [pidFile('4242', gone)], lockFiles: [lock] }));
  expect(asked).toEqual([[PID_PATH, LOCK_PATH]]);
  expect(found.pidFiles[0]?.content?.signs).toBe(signs);
  expect(found.lockFiles[0]?.record?.signs).toBe(signs);
});

it.each<[string, ServiceFacts]>([
  ['a record of a process that runs', facts({ processes: [bot], pidFiles: [pidFile('4242', alive(bot))] })],
  ['a record that is kept anyway', facts({ pidFiles: [pidFile('4242@elsewhere', gone)] })],
  ['a lock file that the kernel locks', facts({ lockFiles: [lockFile([], { record: record('77', gone) })] })],
  [
    'a file that is not there',
    facts({ pidFiles: [pidFile(undefined, undefined, { file: file(PID_PATH, { status: 'absent' }) })] }),
  ],
])('asks for nothing, and changes nothing, for %s', async (_, given) => {
  const { asked, found } = await look(given);
  expect([asked, found]).toEqual([[], given]);
});

it('touches no path of a mount that may give no answer', async () => {
  const { asked, found } = await look(dead, PID_PATH);
  expect([asked, found]).toEqual([[], dead]);
});

it('changes nothing where nothing was found, or nothing can be', async () => {
  expect(await withSignsOfLife(dead, {})).toBe(dead);
  expect(await withSignsOfLife(dead, { signsOfLife: () => Promise.resolve(new Map()) })).toBe(dead);
});
