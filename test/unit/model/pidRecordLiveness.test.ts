import { describe, expect, it } from 'vitest';
import type { Liveness } from '../../../src/model/facts';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import { withLiveness } from '../../../src/model/records/pidRecordLiveness';
import { alive, gone, proc } from './build';

const unavailable: Liveness = { state: 'unavailable', reason: 'EIO reading /proc/17/stat' };
const live = (pid: number): Liveness => alive(proc(pid, 'worker'));

function judged(content: string, states: Readonly<Record<number, Liveness>>) {
  const record = parsePidRecord({ fileName: 'workers.pid', content });
  const asked: number[] = [];
  const facts = withLiveness(record, (pid) => {
    asked.push(pid);
    return states[pid] ?? gone;
  });
  return [facts.record.pid, facts.liveness?.state, asked];
}

describe('the process that speaks for a record', () => {
  it('is the first that lives', () => {
    expect(judged('4242\n17\n98', { 17: live(17), 98: live(98) })).toEqual([17, 'alive', [4242, 17, 98]]);
    expect(judged('4242\n17\n98', { 4242: live(4242), 98: live(98) })).toEqual([
      4242,
      'alive',
      [4242, 17, 98],
    ]);
    expect(judged('4242\n17\n98', { 17: unavailable, 98: live(98) })).toEqual([98, 'alive', [4242, 17, 98]]);
  });

  it('is one that could not be looked up where none lives: then the record is not dead', () => {
    expect(judged('4242\n17\n98', { 17: unavailable })).toEqual([17, 'unavailable', [4242, 17, 98]]);
    expect(judged('4242\n17', { 4242: unavailable })).toEqual([4242, 'unavailable', [4242, 17]]);
  });

  it('is the first where all are gone, and none where there is no pid', () => {
    expect(judged('4242\n17\n98', {})).toEqual([4242, 'dead', [4242, 17, 98]]);
    expect(judged('4242', {})).toEqual([4242, 'dead', [4242]]);
    expect(judged('1769850307', {})).toEqual([undefined, undefined, []]);
  });

  it.each([
    'childPid',
    'child_pid',
    'workerPid',
    'serverPid',
    'daemonPID',
    'backend_pid',
    'gatewayPid',
    'botpid',
    'pids',
  ])('is the %s of fields where the first is gone', (key) => {
    const content = JSON.stringify({ pid: 4242, [key]: 17 });
    expect(judged(content, { 17: live(17) })).toEqual([17, 'alive', [4242, 17]]);
    expect(judged(content, {})).toEqual([4242, 'dead', [4242, 17]]);
    const lines = `pid=4242\n${key}: 17\n`;
    expect(judged(lines, { 17: live(17) })).toEqual([17, 'alive', [4242, 17]]);
  });

  it.each<[string, unknown]>([
    ['workers', [17]],
    ['workers', [{ pid: 17 }]],
    ['pids', [4242, 17]],
    ['pids', '4242 17'],
    ['pids', '4242,17'],
    ['server', { pid: 17, port: 3000 }],
    ['children', [{ name: 'x', pid: '17' }]],
  ])('is one of the %s %j', (key, value) => {
    const content = JSON.stringify({ pid: 4242, [key]: value });
    expect(judged(content, { 17: live(17) })).toEqual([17, 'alive', [4242, 17]]);
  });

  it.each<[string, unknown]>([
    ['parent', { pid: 17 }],
    ['server', { port: 17 }],
    ['launcherPid', [17]],
    ['server', null],
  ])('is none of the %s %j', (key, value) => {
    const content = JSON.stringify({ pid: 4242, [key]: value });
    expect(judged(content, { 17: live(17) })).toEqual([4242, 'dead', [4242]]);
  });

  it.each(['ppid', 'parentPid', 'shellPid', 'previousPid'])('is no %s of fields', (key) => {
    expect(judged(JSON.stringify({ pid: 4242, [key]: 17 }), { 17: live(17) })).toEqual([
      4242,
      'dead',
      [4242],
    ]);
  });

  it('is no part of fields that name no process, nor a part that is no pid', () => {
    expect(judged('{"childPid":17}', { 17: live(17) })).toEqual([undefined, undefined, []]);
    expect(judged('{"pid":4242,"childPid":"x"}', {})).toEqual([4242, 'dead', [4242]]);
    expect(judged('{"pid":4242,"childPid":4242}', {})).toEqual([4242, 'dead', [4242]]);
  });

  it('takes nothing over from the first but where both run', () => {
    const fields = {
      pid: 4242,
      childPid: 17,
      startTicks: 12345678,
      argv: ['python3', 'bot.py'],
      host: 'tower',
    };
    const record = parsePidRecord({ fileName: 'bot.pid', content: JSON.stringify(fields) });
    expect(record).toMatchObject({ startTicks: 12345678, argv: fields.argv });
    expect(withLiveness(record, (pid) => (pid === 17 ? live(17) : gone)).record).toEqual({
      ...{ shape: 'json', pid: 17, pids: [4242, 17], host: 'tower' },
    });
  });

  it('leaves the list of all in its record', () => {
    const record = parsePidRecord({ fileName: 'workers.pid', content: '4242\n17' });
    expect(withLiveness(record, (pid) => (pid === 17 ? live(17) : gone)).record).toEqual({
      ...record,
      pid: 17,
    });
    expect(withLiveness(record, () => gone).record).toBe(record);
  });

  it('is no alternative to one that lives, but has those beside it that live too', () => {
    const states: Record<number, Liveness> = { 17: live(17), 98: live(98) };
    const record = parsePidRecord({ fileName: 'workers.pid', content: '4242\n17\n98' });
    const facts = withLiveness(record, (pid) => states[pid] ?? gone);
    expect(facts.alternatives?.map(({ record: { pid } }) => pid)).toEqual([98]);
    expect(withLiveness(record, (pid) => (pid === 17 ? live(17) : gone)).alternatives).toBeUndefined();
  });
});

const speaks = (content: string, of = live(17)): number | undefined =>
  withLiveness(parsePidRecord({ fileName: 'bot.pid', content }), (pid) => (pid === 17 ? of : gone)).record
    .pid;

describe('any whole number in a record', () => {
  const json = (fields: object): string => JSON.stringify({ pid: 4242, ...fields });

  it.each([
    'PID: 4242\nWorker PID: 17\n',
    'pid=4242\nchild=17\n',
    'pid: 4242\nruns: /proc/17/exe\n',
    'pid: 4242\nowner: 17/python3\n',
    'pid: 4242\n<pid>17</pid>\n',
    'pid=4242\njob[1]=17\n',
    'pid: 4242\nmain-17: up\n',
    'pid: 4242\n"worker"=>17\n',
    'pid: 4242\nkills: -17\n',
    'pid: 4242\nworker:\n  pid: 17\n',
    'pid: 4242\nworkers:\n  - 17\n',
    'pid: 4242\nworkers:\n- 17\n',
    'pid: 4242\nworkers:\n  - pid: 17\n    port: 80\n',
    'pid: 4242\nports:\n  - 80\nworkers: [16, 17]\n',
    '4242\nworkers 16,17\n',
    '4242\n17\nx7\n',
    'pid 4242\nw1=16 w2=17\n',
    'pid: 4242\nworkers: w1=16 other=17\n',
    'pid: 4242\nstatus:\n  server_pid: 17\n',
    // What stands beside a port, at any depth, and behind it in a list.
    'pid: 4242\nbots:\n  one:\n    port: 80\n    child: 17\n',
    'pid: 4242\nbots:\n  - port: 80\n    child: 17\n',
    'pid: 4242\nbots:\n  - name: a\n    port: 80\n  - 17\n',
    json({ master: { pid: 17 } }),
    json({ supervisor: { pid: 17 } }),
    json({ manager: { pid: '17' } }),
    json({ workers: { w1: { pid: 17 } } }),
    json({ workers: { w1: 17 } }),
    json({ workers: { 17: 'busy' } }),
    json({ tasks: [{ pid: 17 }] }),
    json({ services: { web: { pid: 17 } } }),
    json({ info: { child: { pid: 17 } } }),
    json({ child: 17 }),
    json({ children: '16 17' }),
    json({ owner: { pid: 17 } }),
    json({ status: { port: 80, pid: 17 } }),
    json({ sockets: [17] }),
    // By role, by port, by state: what the keys above say of it.
    json({ pids: { build: 17 } }),
    json({ pidsByRole: { auth: 17 } }),
    json({ workers: { auth: 17 } }),
    json({ children: { status: 17 } }),
    json({ servers: { 'build-server': 17 } }),
    json({ tasks: [{ name: 'x', status: 17 }] }),
    json({ ports: { 3000: 17 } }),
    json({ started: [17] }),
    json({ mode: { proc: 17 } }),
    json({ status: { up: ['17'] } }),
    json({ pids: { parent: 17 } }),
    'pid: 4242\nprocesses:\n  build: 17\n',
    'pid: 4242\nby_port:\n  3000: 17\n',
    'pid: 4242\nby_port:\n  "3000": 17\n',
    'pid: 4242\nby_port: {3000: 17}\n',
    'pid: 4242\nstarted:\n  worker: 17\n',
    'pid: 4242\nstarted:\n- 17\n',
    'pid: 4242\nworkers:\n  17: busy\n',
    'pid: 4242\nworkers: {build: 17}\n',
    // Words in a key that are not all of it.
    json({ editorServer: 17 }),
    json({ terminalWorker: 17 }),
    json({ lastWorkerPid: 17 }),
    json({ shell_child_pid: 17 }),
    // In a word with others.
    json({ jvm: '17@host' }),
    json({ socket: '17.pts-0.host' }),
    json({ workers: ['worker-17'] }),
    json({ id: 'a-17' }),
    json({ at: 'box', on: 'web1.example.org:17' }),
    json({ worker: '0x11' }),
    'pid=4242\nworker=0x11\n',
    'pid: 4242\n# worker 17\n',
    'pid: 4242\n# worker: 17\n',
    '4242\n# worker #17\n',
    json({ workers: [...Array.from({ length: 40 }, (_, i) => 100 + i), 17] }),
  ])('that is the pid of a live program speaks for it: %s', (content) => {
    expect(speaks(content)).toBe(17);
    expect(speaks(content, unavailable)).toBe(17);
  });

  it.each([
    json({ port: 17, httpPort: '17', ports: { http: 17 }, listenPort: 17 }),
    json({ startedAt: 17, start_time: 17, uptimeMs: 17, createdAt: { year: 17 } }),
    json({ version: 17, schemaVersion: 17, size: 17, uid: 17, retryCount: 17, timeout: 17 }),
    json({ argv: ['bot', '--depth', '17'], token: '17' }),
    json({ parent: { pid: 17 }, ppid: 17, previous_pid: 17, shell: { main: { pid: 17 } } }),
    json({ at: '12:17:17', version: '1.17', address: '127.0.0.1:17', path: '/run/17' }),
    json({ release: 'v17', tag: 'v1.2.17', day: 'x-2026-11-17', negative: -17, part: 17.5 }),
    json({ page: 'http://box:17', folder: 'run/17', when: '2026-11-17', zone: '+01:17', hash: 'a17' }),
    json({ ports: { web: 17 }, sizes: { a: 17 }, version: [1, 17], args: { depth: 17 } }),
    'pid: 4242\nport: 17\nstarted: 17\n',
    'pid: 4242\nports:\n  - 17\n',
    'pid: 4242\nports:\n- 17\n',
    'pid: 4242\n port: 17\n',
    'pid: 4242\n# port: 17\n',
    'pid: 4242\nports: {web: 17}\n',
    'pid: 4242\nports: [80, 17]\n',
    'pid: 4242\nlistening on port: 17\n',
    json({ workers: [{ pid: 16, ppid: 17, port: 17 }], processes: { a: { pid: 16, uptime: 17 } } }),
    json({ workerCount: 17, maxWorkers: '17', pidLimit: 17 }),
    // The place in a list is no number in it.
    json({ names: Array.from({ length: 20 }, () => 'x') }),
    'pid: 4242\nports:\n\n  - 17\n',
    'pid: 4242\nworkers: w1=16 port=17\n',
    'pid: 4242\nparent:\n  pid: 17\n',
    '4242\n17\n2026-01-31T09:05:07Z\n',
    '4242\n/var/lib/postgresql\n1738314000\n5432\n/tmp\nlocalhost\n  5432001        17\nready\n',
  ])('does not where something says what else it is: %s', (content) => {
    expect(speaks(content)).toBe(4242);
  });

  it('does not where it is that of a kernel thread or of init, or of no process', () => {
    const content = json({ child: 17 });
    expect(speaks(content, alive({ ...proc(17, ''), kernelThread: true }))).toBe(4242);
    expect(speaks(content, gone)).toBe(4242);
    const init = parsePidRecord({ fileName: 'bot.pid', content: json({ child: 1 }) });
    expect(withLiveness(init, (pid) => (pid === 1 ? live(1) : gone)).record.pid).toBe(4242);
  });

  it('is found at any depth, in a text of any length, without a fall', () => {
    const deep = `{"pid":4242,"x":${'['.repeat(3000)}17${']'.repeat(3000)}}`;
    expect(speaks(deep)).toBe(17);
    expect(speaks(`4242\n${'- '.repeat(20_000)}17`)).toBe(17);
  });
});
