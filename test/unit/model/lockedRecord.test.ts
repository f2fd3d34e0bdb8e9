import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/model/diagnose';
import { factsIn, readLine } from '../../../src/model/evidenceLine';
import type { Liveness } from '../../../src/model/facts';
import { verdictText } from '../../../src/ui/text/words/stateText';
import { alive, facts, gone, lock, pidFile, proc } from './build';

const holder = proc(4300, 'python3 bot.py');
const stranger = proc(4242, 'sleep 600', { cwd: '/' });

/** A pid file that someone has locked, and not yet written. */
function see(liveness: Liveness, holders = [holder]) {
  const snapshot = diagnose(
    facts({
      processes: [holder, stranger],
      pidFiles: [pidFile('4242', liveness, { locks: [lock(holders)] })],
    }),
  );
  const [file] = snapshot.pidFiles;
  const mismatch = snapshot.findings.find(({ kind }) => kind === 'pidMismatch');
  return {
    text: file && verdictText(file.verdict, file.recordedPid, file.locked),
    mismatch: mismatch && factsIn(mismatch.evidence.map(readLine)).at(-1),
  };
}

describe('a record that another process has locked', () => {
  it('names no process that is alive where that has ended', () => {
    expect(see(gone)).toEqual({
      text: 'names pid 4242, and is locked',
      mismatch: 'Process 4242 has ended, so it cannot be known any more whether a holder was started by it.',
    });
  });

  it('says of a process that runs only that it is not known to be related', () => {
    expect(see(alive(stranger)).mismatch).toBe(
      'No holder is pid 4242, and none is known to be related to it.',
    );
  });

  it('is no mismatch where the holder was seen below the recorded process', () => {
    const left: Liveness = { state: 'dead', why: 'gone', childrenRun: [holder] };
    expect(see(left).mismatch).toBeUndefined();
    const third = proc(4400, 'sleep 600', { cwd: '/' });
    expect(see(left, [third, holder]).mismatch).toBeUndefined();
    expect(see(left, [third]).mismatch).toBeDefined();
    expect(see({ ...left, childrenRun: [stranger, holder] }).mismatch).toBeUndefined();
    expect(see({ ...left, childrenRun: [stranger] }).mismatch).toBeDefined();
  });

  it('is live, and not only locked, where its own process runs beside the holder', () => {
    const bot = proc(4200, 'python3 bot.py', { startedAgo: 7200 });
    const locked = pidFile('4200', alive(bot), { locks: [lock([stranger])] });
    const [seen] = diagnose(facts({ processes: [bot, stranger], pidFiles: [locked] })).pidFiles;
    expect(seen).toMatchObject({ verdict: 'live', recordedPid: 4200 });
    expect(seen).not.toHaveProperty('locked');
  });

  it('is live, and says so, where its own process has locked it', () => {
    const own = pidFile('4300', alive(holder), { locks: [lock([holder])] });
    const [file] = diagnose(facts({ processes: [holder], pidFiles: [own] })).pidFiles;
    expect(file && verdictText(file.verdict, file.recordedPid, file.locked)).toBe('names pid 4300, alive');
  });
});
