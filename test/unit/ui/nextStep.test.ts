import { describe, expect, it } from 'vitest';
import type { TerminationOutcome, TerminationResult } from '../../../src/actions/index';
import { nextStepOf } from '../../../src/ui/commands/nextStep';
import { finding, service } from './snapshots';

const result = (outcome: Partial<TerminationOutcome>, success = true): TerminationResult => ({
  outcomes: [{ candidateId: '7', kind: 'ended', sentence: 'It exited.', signalled: [7], ...outcome }],
  sentence: 'It exited.',
  success,
});
const respawn = { pid: 8, command: 'bot', afterMs: 900, holds: [], sentence: 'It was running again.' };
const stale = service({ findings: [finding('stalePidDead', 'stale')] });

describe('the next step after a termination', () => {
  it('is the command that stops the supervisor, before anything else', () => {
    const stopped = { ...respawn, stopCommand: 'systemctl stop bot.service' };
    expect(nextStepOf(result({ respawn: stopped, keptBy: [9] }, false), stale)).toMatchObject({
      kind: 'stopCommand',
      command: 'systemctl stop bot.service',
    });
  });

  it.each(['pm2 stop bot\nrm -rf x', 'pm2 stop \u001b[A', ''])(
    'is no command that Enter is part of: %j',
    (command) => {
      expect(
        nextStepOf(result({ respawn: { ...respawn, stopCommand: command } }, false), service()),
      ).toBeUndefined();
    },
  );

  it('is what started it again, as it was seen, where no command stops that', () => {
    const by = { pid: 11, command: 'bash loop.sh', startTime: 5 };
    expect(nextStepOf(result({ respawn: { ...respawn, by } }, false), stale)).toMatchObject({
      kind: 'restarter',
      target: { kind: 'restarter', pid: 11, startTime: 5 },
    });
  });

  it('is the process that keeps the lock held', () => {
    expect(nextStepOf(result({ kind: 'lockStillHeld', keptBy: [9, 10] }, false), stale)).toMatchObject({
      kind: 'lockHolder',
      pid: 9,
    });
    expect(nextStepOf(result({ kind: 'lockStillHeld', keptBy: [] }, false), service())).toBeUndefined();
  });

  it('is the record that was left, once the instance has ended', () => {
    expect(nextStepOf(result({}), stale)).toMatchObject({ kind: 'record' });
    expect(nextStepOf(result({ kind: 'stillRunning' }, false), stale)).toBeUndefined();
  });

  it('is none where all is done, or the service is watched no longer', () => {
    expect(nextStepOf(result({}), service())).toBeUndefined();
    expect(nextStepOf(result({}), undefined)).toBeUndefined();
    expect(nextStepOf(result({ respawn }, false), service())).toBeUndefined();
  });
});
