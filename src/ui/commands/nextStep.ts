/** What is left to do after a termination; the notification of its outcome offers it. */
import * as l10n from '@vscode/l10n';
import type { TerminationResult, TerminationTarget } from '../../actions/index';
import type { ServiceSnapshot } from '../../api';
import { defined } from '../../common/defined';

export type NextStep = { label: string } & (
  | { kind: 'stopCommand'; command: string }
  | { kind: 'restarter'; target: Extract<TerminationTarget, { kind: 'restarter' }> }
  | { kind: 'lockHolder'; pid: number }
  | { kind: 'record' }
);

/** Returns the most urgent step; `service`: as it is by now. undefined: nothing is left that could be done. */
export function nextStepOf(
  { outcomes, success }: TerminationResult,
  service: ServiceSnapshot | undefined,
): NextStep | undefined {
  const command = outcomes.flatMap(({ respawn }) => respawn?.stopCommand ?? []).find(isTypable);
  if (command !== undefined) {
    return { kind: 'stopCommand', label: l10n.t('Type the Stop Command'), command };
  }
  const by = outcomes.flatMap(({ respawn }) => respawn?.by ?? [])[0];
  if (by !== undefined) {
    const { pid, startTime } = by;
    const target = { kind: 'restarter', pid, ...defined({ startTime }) } as const;
    return { kind: 'restarter', label: l10n.t('Terminate What Restarts It…'), target };
  }
  const pid = outcomes.flatMap(({ keptBy }) => keptBy ?? [])[0];
  if (pid !== undefined) {
    return { kind: 'lockHolder', label: l10n.t('Terminate Lock Holder…'), pid };
  }
  return success && service?.findings.some(({ severity }) => severity === 'stale') === true
    ? { kind: 'record', label: l10n.t('Clean Up Record…') }
    : undefined;
}

/** A line break in a name would run what stands before it. */
const isTypable = (command: string): boolean => /^[ -~]+$/.test(command);
