import fc from 'fast-check';
import { ownTimeOf, readTimes } from '../../src/model/logTime';
import { parsePidRecord } from '../../src/model/records/pidRecord';
import type { PidRecord, RecordShape } from '../../src/model/records/pidRecordTypes';
import { MAX_PID } from '../../src/model/records/pidRecordValues';
import { shellQuote } from '../../src/model/shell';
import { claimsOf, TERMINAL_LINES } from '../../src/model/terminal/claims';
import { oneLine } from '../../src/model/text';
import { codeBlock, codeSpan, inert, inertLabel, markdownText } from '../../src/ui/text/words/sanitize';
import { must, type Target } from './fuzz';

/** Stands for every secret in the corpus and in what is generated. */
const SECRET = 'T0PSECRET';

function checkRecord(record: PidRecord): void {
  const { pid, pids = [], port, startedAt, startTicks, bootTime, bootId } = record;
  for (const one of pid === undefined ? pids : [pid, ...pids]) {
    must(Number.isSafeInteger(one) && one > 0 && one <= MAX_PID, `pid ${one}`);
  }
  must(pids.length === 0 || pids[0] === pid, 'the pid is not the first of the pids');
  must(bootId === undefined || /^[0-9a-f-]{36}$/.test(bootId), `boot id ${bootId}`);
  must(port === undefined || (Number.isInteger(port) && port > 0 && port < 65_536), `port ${port}`);
  for (const number of [startedAt, startTicks, bootTime]) {
    must(number === undefined || Number.isFinite(number), `a time is ${number}`);
  }
  for (const shown of ['host', 'command', 'program', 'home', 'profile'] as const) {
    must(!/[\u0000-\u001f]/.test(record[shown] ?? ''), `a control character in the ${shown}`);
  }
  must(!/[\u0000-\u001f]/.test((record.argv ?? []).join('')), 'a control character in the arguments');
  must(record.startUnit === undefined || (startedAt ?? startTicks) === undefined, 'a start of two minds');
}

const jsonRecord = fc
  .record(
    {
      pid: fc.oneof(fc.nat(), fc.integer().map(String), fc.double(), fc.constant(null), fc.array(fc.nat())),
      start_time: fc.oneof(fc.nat(), fc.double(), fc.constant(null), fc.string()),
      startedAt: fc.oneof(fc.nat(), fc.date({ noInvalidDate: true }).map(String), fc.double()),
      argv: fc.oneof(fc.array(fc.oneof(fc.string(), fc.constantFrom('--token', SECRET))), fc.string()),
      command: fc.string({ unit: 'binary' }),
      host: fc.string({ unit: 'binary' }),
      port: fc.oneof(fc.nat(99_999), fc.string()),
      processId: fc.nat(),
      kind: fc.oneof(fc.constant('hermes-gateway'), fc.string()),
      hermes_home: fc.string({ unit: 'binary' }),
      token: fc.constant(SECRET),
      authToken: fc.constant(SECRET),
    },
    { requiredKeys: [] },
  )
  .map((record) => JSON.stringify(record));

const plainRecord = fc
  .tuple(
    fc.constantFrom('', ' ', '-', '+', '\ufeff', 'pid ', 'PID=', '000', '---\npid: ', 'filelock/2\npid='),
    fc.oneof(fc.nat().map(String), fc.constantFrom('0', '4194304', '99999999999999999999')),
    fc.constantFrom(
      '',
      '\n',
      '\r\n',
      ' host',
      '@host',
      '\n8080\n',
      '\n\n2026-01-31T09:05:07Z\n',
      '\n/data\n1\n5432\n',
      '\n4243\n17\n',
      ' 4243',
      '\nhost=tower\nmode=lease\nstart=380696919132751905519454102164074189028214895758060650957\n',
      '\ntower\n380696919132751905519454102164074189028214895758060650957\n',
      '\nqtox\ntower\n\n94e4e828-3b5e-4873-bb23-93993b6ef8a7\n',
      `\ncontrol_auth_token: ${SECRET}\n`,
    ),
  )
  .map((parts) => parts.join(''));

/** Keys whose values a record keeps: a fuzzed one may be followed by a secret that nothing marks as such. */
const SHOWN = /argv|command|cmdline|host|kind|hermes|profile/;
const HAS_KEYS: ReadonlySet<RecordShape> = new Set(['json', 'labelled']);

/** What is told by the words of a record, its file's name, or both. */
const RECORD_FILES = [
  'bot.pid',
  'server-4242.pid',
  'jpserver-4242.json',
  'bridge.pid',
  'host.4242-1',
  '.#notes.txt',
  '4242',
];

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom('[', '](command:x)', '`', '$(', '<b>', '\u202e', '\x1b[', '\n# ', 'http://x', '\ud800'),
    )
    .map((all) => all.join('')),
);

const HAS_CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
/** Longer than any input here: the cut must not hide slow patterns. */
const UNCUT = 10_000_000;

/** Words of the lines that terminals show, in any order, with what could stand between them. */
const terminalLine = fc
  .array(
    fc.oneof(
      fc.constantFrom(...TERMINAL_LINES.map(({ word }) => word)),
      fc.constantFrom(
        'PID: 4242',
        ' (pid 4242)',
        "'/a/b.lock'",
        ': File exists',
        ' is locked',
        ' by process 7',
      ),
      fc.constantFrom(
        '\x1b[31m',
        '\u202e',
        '](command:x)',
        ':3000',
        ' /a/b.pid already exists',
        '99999999999',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

export const modelTargets: readonly Target[] = [
  {
    name: 'pid-record',
    run: (input) => {
      for (const fileName of RECORD_FILES) {
        for (const content of [input, Buffer.from(input, 'latin1')]) {
          const record = parsePidRecord({ fileName, content });
          checkRecord(record);
          // The one place a record may keep words is what has a place to be shown: nothing under a secret's key.
          if (
            HAS_KEYS.has(record.shape) &&
            /[Tt]oken"?[:=]\s*"?T0PSECRET/.test(input) &&
            !SHOWN.test(input)
          ) {
            must(!JSON.stringify(record).includes(SECRET), 'a secret was kept');
          }
        }
      }
    },
    lookalikes: fc.oneof(jsonRecord, plainRecord),
    pumps: [
      ...['4', '-', ' ', '\n', '4242\n', '4242 ', '[', '{"pid":', '"', '\\u0000', '\0', 'a.', 'a@', ':'],
      ...['{"a":1,', '---\n', 'a: b\n', 'pid: 1\n', 'filelock/2\n', ' #', "'"],
    ],
    encoding: 'utf8',
  },
  {
    name: 'symlink-record',
    run: (input) => checkRecord(parsePidRecord({ fileName: 'SingletonLock', symlinkTarget: input })),
    lookalikes: fc
      .tuple(
        fc.constantFrom('', 'host-', 'my-host-', 'user@host.', '10.0.0.1:+', 'host/f00:'),
        fc.nat().map(String),
      )
      .map((parts) => parts.join('')),
    pumps: ['-', 'a-', '.', '@', ':', '/', '4', ' '],
    encoding: 'utf8',
  },
  {
    name: 'hostile-text',
    run: (input) => {
      for (const show of [inert, inertLabel, markdownText, codeSpan]) {
        const shown = show(input, UNCUT);
        must(!HAS_CONTROLS.test(shown), `${show.name} let a control character through`);
      }
      must(!inertLabel(input, UNCUT).includes('$('), 'an icon');
      must(!codeBlock(input.split('\n'), 'text', UNCUT).includes('\x1b'), 'an escape character');
      must(!HAS_CONTROLS.test(oneLine(input, UNCUT)), 'oneLine let a control character through');
      shellQuote(input);
    },
    lookalikes: hostile,
    pumps: ['[', '](', '`', '$(', '\\', '<', '\u202e', '\n', ' ', 'www.', ':/', '1.', "'", '\u{e0041}'],
    encoding: 'utf8',
  },
  {
    name: 'terminal-line',
    run: (input) => {
      for (const { start, length, pid, port, path = '', host = '' } of claimsOf(input, UNCUT)) {
        must(start >= 0 && length > 0 && start + length <= input.length, `words at ${start}, ${length}`);
        must(pid === undefined || (Number.isInteger(pid) && pid > 0 && pid <= MAX_PID), `pid ${pid}`);
        must(port === undefined || (Number.isInteger(port) && port > 0 && port < 65_536), `port ${port}`);
        must(!HAS_CONTROLS.test(path + host), 'a control character in what is claimed');
      }
    },
    lookalikes: terminalLine,
    pumps: [
      ...TERMINAL_LINES.map(({ word }) => word),
      ...[
        'Another next dev server is already running ',
        'already running pid',
        "Unable to create '",
        'lock /a',
      ],
      ...['/', ' /a', './', '.lock', ' by ', ' by process ', 'locked by ', 'a', ' ', ':1', 'EADDRINUSE: '],
      ...['A server is already running. Check ', 'Timeout waiting to lock a', 'Lock file: /', '(', '['],
    ],
    encoding: 'utf8',
  },
  {
    name: 'log-time',
    run: (input) => {
      const now = Date.UTC(2026, 0, 31, 12);
      const readings = readTimes(input, now);
      must(readings.length <= 4, `${readings.length} readings`);
      for (const { at } of readings) must(Number.isFinite(at), `a time is ${at}`);
      const time = ownTimeOf(readings, now);
      must((time === undefined) === (readings.length === 0), 'a reading without a time');
    },
    lookalikes: fc
      .array(
        fc.constantFrom(
          '2026-01-31',
          'T',
          ' ',
          '09:05:07',
          ',123',
          'Z',
          '+01:00',
          'Jan 31 ',
          '31/Jan/2026:',
          '1/31/2026, ',
          'PM',
          '[',
          'bot | ',
          'ERROR ',
          '{"time":',
          '"ts":',
          '1769850307',
          '9',
        ),
      )
      .map((parts) => parts.join('')),
    pumps: [
      '-',
      'a|',
      '-|',
      ' |',
      '[',
      '1',
      '2026-',
      'error ',
      'mon ',
      '{"time":',
      '{"ts": ',
      'nest] 1 ',
      't=',
    ],
    encoding: 'utf8',
  },
];
