import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import type { PidRecord } from '../../../src/model/records/pidRecordTypes';
import { MAX_PID } from '../../../src/model/records/pidRecordValues';

const SECRET = 'S3CR3TVALUE';
const BOOT = '94e4e828-3b5e-4873-bb23-93993b6ef8a7';

const text = (content: string, fileName = 'bot.pid'): PidRecord => parsePidRecord({ fileName, content });

const isPid = (pid: number): boolean => Number.isInteger(pid) && pid >= 1 && pid <= MAX_PID;

/** Pieces that records are made of, so that what is generated gets past the first check. */
const piece = fc.oneof(
  fc.nat().map(String),
  fc.bigInt({ min: 0n, max: 1n << 200n }).map(String),
  fc.constantFrom(
    ...['\n', '\r\n', ' ', '\t', ':', '=', '@', '-', '+', '.', '#', '"', "'", '\0', '\ufeff', '\ufffd'],
    ...['pid', 'processId', 'host', 'tower', '---', 'filelock/2', 'mode=lease', 'start=', BOOT],
    ...['{"pid":', '}', '2026-01-31T09:05:07', '/data', 'ann@tower.', '"kind":"hermes-gateway"', ','],
  ),
);
const patchwork = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
const fileName = fc.oneof(
  fc.constantFrom('bot.pid', 'bridge.pid', 'jpserver-1.json', 'pid-4242'),
  fc.string(),
);

describe('whatever a pid file contains', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 4096 }),
    fc.string({ unit: 'binary', maxLength: 4096 }),
    patchwork,
    patchwork.map((content) => new TextEncoder().encode(content)),
  );

  it('never throws, and each pid is one that a process can have', () => {
    fc.assert(
      fc.property(bytes, fc.option(patchwork, { nil: undefined }), fileName, (content, link, name) => {
        for (const input of [
          { fileName: name, content },
          { fileName: name, ...(link === undefined ? {} : { symlinkTarget: link }) },
        ]) {
          const { pid, pids, shape } = parsePidRecord(input);
          expect(pid === undefined || isPid(pid)).toBe(true);
          expect((pids ?? []).every(isPid)).toBe(true);
          expect(pids === undefined || (pids[0] === pid && pids.length > 1)).toBe(true);
          expect(pid === undefined || (shape !== 'none' && shape !== 'empty')).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('never has a start that proves something and one that proves nothing', () => {
    fc.assert(
      fc.property(patchwork, fileName, (content, name) => {
        const { startUnit, startTicks, startedAt, zoneless } = text(content, name);
        expect(startUnit !== undefined && (startTicks ?? startedAt) !== undefined).toBe(false);
        expect(zoneless !== undefined && startedAt === undefined).toBe(false);
        for (const start of [startTicks, startedAt]) {
          expect(start === undefined || (Number.isFinite(start) && start > 0)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('never takes seconds or milliseconds since the epoch for a pid', () => {
    const epoch = fc.oneof(fc.integer({ min: 1e9, max: 4e9 }), fc.integer({ min: 1e12, max: 4e12 }));
    const frame = fc.constantFrom<(n: number) => string>(
      ...[String, (n: number) => `${n}\n`, (n: number) => `pid: ${n}`, (n: number) => `{"pid":${n}}`],
      ...[(n: number) => `${n} tower`, (n: number) => `tower:${n}`, (n: number) => `ann@tower.${n}`],
      ...[(n: number) => `---\npid: ${n}\n`, (n: number) => `${n}\n4242\n`, (n: number) => `-${n}`],
    );
    fc.assert(
      fc.property(epoch, frame, (n, write) => {
        expect(text(write(n)).pid).toBeUndefined();
      }),
    );
  });
});

describe('secrets in a record', () => {
  const name = fc.constantFrom('token', 'authToken', 'password', 'secret', 'key', 'apiKey', 'access_token');

  it('are not kept of JSON', () => {
    const other = fc.dictionary(
      fc.constantFrom('pid', 'host', 'port', 'start_time', 'kind', 'profile'),
      fc.oneof(fc.nat(), fc.string(), fc.constant('hermes-gateway')),
    );
    const flag = fc.constantFrom('--token', '--auth-token', '--password', '--api-key', '--secret', '-key');
    fc.assert(
      fc.property(name, other, flag, fc.boolean(), (key, fields, option, joined) => {
        const argv = joined ? ['bot', `${option}=${SECRET}`] : ['bot', option, SECRET];
        const records = [
          { ...fields, [key]: SECRET, argv },
          { ...fields, [key]: SECRET, command: argv.join(' ') },
          { ...fields, nested: { [key]: SECRET } },
        ];
        for (const record of records) {
          expect(JSON.stringify(text(JSON.stringify(record)))).not.toContain(SECRET);
        }
      }),
    );
  });

  it('are not kept of lines, wherever they stand and whatever they are called', () => {
    const line = fc.oneof(
      fc.constantFrom('pid: 4242', 'pid=4242', '4242', 'host: tower', 'port=80', '---', 'filelock/2'),
      fc.constantFrom('mode=lease', '', '  nested: 1', 'tower', '2026-01-31T09:05:07Z', BOOT),
    );
    const secret = fc
      .tuple(name, fc.constantFrom(': ', '=', ' = '))
      .map(([key, is]) => `${key}${is}${SECRET}`);
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), secret, fc.array(line, { maxLength: 6 }), (a, b, c) => {
        for (const content of [[...a, b, ...c].join('\n'), `${[...a, b, ...c].join('\n')}\n`]) {
          expect(JSON.stringify(text(content))).not.toContain(SECRET);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('are not kept as a token on the third line', () => {
    for (const end of ['', '\n', '\r\n']) {
      expect(text(`4242\ntower\n${SECRET}${end}`)).toEqual({ shape: 'lines', pid: 4242, host: 'tower' });
    }
  });
});

describe('what any writer may have written', () => {
  it('is read: a pid, alone or with what belongs to it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MAX_PID }),
        fc.constantFrom('', ' ', '\n', '\r\n', '\t'),
        (pid, end) => {
          expect(text(`${end}${pid}${end}`).pid).toBe(pid);
          expect(text(JSON.stringify({ pid })).pid).toBe(pid);
          expect(text(JSON.stringify({ processId: pid })).pid).toBe(pid);
          expect(text(`---\npid: ${pid}${end}`).pid).toBe(pid);
          expect(parsePidRecord({ fileName: 'lock', symlinkTarget: `host-${pid}` }).pid).toBe(pid);
          expect(parsePidRecord({ fileName: 'lock', symlinkTarget: String(pid) }).pid).toBe(pid);
        },
      ),
    );
  });

  it('is read: the start token of any boot', () => {
    const uuid = fc.uuid({ version: 4 });
    fc.assert(
      fc.property(uuid, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (bootId, startTicks) => {
        const token = (BigInt(`0x${bootId.replaceAll('-', '')}`) << 64n) | BigInt(startTicks);
        const read = { pid: 4242, host: 'tower', bootId, startTicks };
        expect(text(`4242\ntower\n${token}\n`)).toEqual({ shape: 'lines', ...read });
        expect(text(`filelock/2\npid=4242\nhost=tower\nmode=exclusive\nstart=${token}\n`)).toEqual({
          shape: 'labelled',
          ...read,
        });
      }),
    );
  });

  it('takes linear time', () => {
    const long = 200_000;
    const parts = ['1', ' ', '-', ':', '@.', '\n', 'pid ', '{', '{"a":', 'a.1-', '4242\n', '4242 ', 'a:b\n'];
    for (const part of [...parts, '---\n', 'filelock/2\n', 'pid=', "'", '"', ' #', '1\n\n']) {
      const content = part.repeat(long / part.length);
      const started = performance.now();
      for (const start of ['', '---\n', '4242\n', 'filelock/2\n', 'pid: ']) {
        parsePidRecord({ fileName: content, content: start + content });
      }
      parsePidRecord({ fileName: content, symlinkTarget: content });
      expect(performance.now() - started).toBeLessThan(400);
    }
  });
});
