import { describe, expect, it } from 'vitest';
import type { ServiceSnapshot } from '../../../src/api';
import { diagnose } from '../../../src/model/diagnose';
import type { Liveness } from '../../../src/model/facts';
import { localTime } from '../../../src/model/text';
import { alive, facts, gone, NOW, OLD, pidFile, proc } from './build';

const BOOT_ID = '94e4e828-3b5e-4873-bb23-93993b6ef8a7';
/** Started an hour ago; the host is called tower. */
const bot = proc(4242, 'python3 bot.py');

function seen(content: string, liveness: Liveness | undefined, of = {}): ServiceSnapshot {
  return diagnose(facts({ processes: [bot], pidFiles: [pidFile(content, liveness, of)] }));
}
const verdict = (content: string, liveness: Liveness | undefined, of = {}): string | undefined =>
  seen(content, liveness, of).pidFiles[0]?.verdict;

describe('what follows from a record that was read', () => {
  it.each([
    ['seconds since the epoch', '1769850307\n'],
    ['a host that is the program of another shape', '4242\nkeepassxc\nelsewhere\n0011\n'],
    ['a marker that was cut', 'filelock/2\npid=42'],
  ])('nothing is stale by %s', (_, content) => {
    const { state, findings } = seen(content, gone);
    expect([state, findings.map(({ kind }) => kind)]).toEqual(['unverified', ['recordUnverifiable']]);
  });

  it.each([
    ['a lock file of Qt', `4242\nkeepassxc\ntower\n\n${BOOT_ID}\n`],
    ['the state file of Puma', '---\npid: 4242\ncontrol_auth_token: S3CRET\n'],
    ['the process file of Nx', '{"processId":4242}'],
    ['a marker of py-filelock', 'filelock/2\npid=4242\nhost=tower\nmode=exclusive\n'],
  ])('the owner named by %s is known, dead or alive', (_, content) => {
    expect(verdict(content, gone)).toBe('dead');
    expect(verdict(content, alive(bot))).toBe('live');
    expect(verdict(content.replaceAll('tower', 'elsewhere'), gone)).toBe(
      content.includes('tower') ? 'unverifiable' : 'dead',
    );
  });

  it('a boot id in the place of the host is no host: this boot is here, and another id may be anything', () => {
    const of = (id: string, liveness: Liveness) =>
      diagnose(
        facts({
          host: { bootId: BOOT_ID },
          processes: [bot],
          pidFiles: [pidFile(`4242 ${id}\n`, liveness)],
        }),
      );
    expect(of(BOOT_ID, alive(bot)).pidFiles[0]?.verdict).toBe('live');
    expect(of(BOOT_ID.toUpperCase(), gone).pidFiles[0]?.verdict).toBe('dead');
    const other = BOOT_ID.replace('94e4', '94e5');
    for (const liveness of [alive(bot), gone]) {
      const { pidFiles, findings } = of(other, liveness);
      expect(pidFiles[0]?.verdict).toBe('unverifiable');
      expect(findings[0]?.message).toContain(`and the id ${other}, which is not that of this boot`);
    }
    expect(of('elsewhere', gone).findings[0]?.message).toContain('elsewhere, which may be another host');
  });

  it('a live process is no other one by a start of unknown unit', () => {
    const started = Math.round((bot.startTime ?? 0) / 10);
    for (const fields of [{ start_time: started }, { startTime: started + 500_000 }, { startedAt: 12_345 }]) {
      expect(verdict(JSON.stringify({ pid: 4242, ...fields }), alive(bot))).toBe('live');
    }
    expect(verdict(`4242\n${started}`, alive(bot))).toBe('live');
  });

  it('a live hermes is the writer by its centiseconds, and one that started later is not', () => {
    const record = (ms: number): string =>
      JSON.stringify({ pid: 4242, kind: 'hermes-gateway', start_time: Math.round(ms / 10) });
    expect(verdict(record(bot.startTime ?? 0), alive(bot))).toBe('live');
    expect(verdict(record((bot.startTime ?? 0) - 60_000), alive(bot), OLD)).toBe('reused');
  });

  it('a live process is no other one by a time of which the zone is not known', () => {
    // New York's clock shows five hours less than that of the monitor in UTC.
    const wall = (ms: number): string => new Date(ms).toISOString().slice(0, -1);
    const startedAt = wall((bot.startTime ?? 0) - 5 * 3_600_000);
    expect(verdict(JSON.stringify({ pid: 4242, startedAt }), alive(bot))).toBe('live');
    const said = (at: string): string | undefined =>
      seen(JSON.stringify({ pid: 4242, startedAt: at }), alive(bot), OLD).findings[0]?.message;
    expect(said(startedAt)).toContain('after the file was written');
    expect(said(`${startedAt}Z`)).toContain('after the time in the record');
  });

  it('the evidence says that such a time is the latest possible one', () => {
    const evidence = (startedAt: string): string =>
      seen(JSON.stringify({ pid: 4242, startedAt }), alive(bot), OLD)
        .findings.at(0)
        ?.evidence.join('\n') ?? '';
    const day = new Date(NOW - 3 * 86_400_000).toISOString();
    const latest = localTime(NOW - 3 * 86_400_000 + 12 * 3_600_000);
    expect(evidence(day.slice(0, -1))).toContain(`without a time zone, ${latest} at the latest`);
    expect(evidence(day)).toContain(`The record says ${localTime(NOW - 3 * 86_400_000)}`);
  });
});
