/** Kinds, verdicts and roles in the words the user reads. */
import * as l10n from '@vscode/l10n';
import { assertNever } from '../../../common/assertNever';
import { stateWord } from '../../../model/stateWord';
import type {
  InstanceRole,
  InstanceSnapshot,
  LockAccess,
  LockKind,
  PidVerdict,
  Proof,
  ServiceSnapshot,
  Severity,
} from '../../../api';

export function severityWord(severity: Severity): string {
  switch (severity) {
    case 'warning':
      return l10n.t('warning');
    case 'information':
      return l10n.t('information');
    default:
      return stateWord(severity);
  }
}

/** The names that lslocks(8) and flock(2) use; not translated. */
export function lockKindWord(kind: LockKind | undefined, access: LockAccess | undefined): string {
  const names: Record<LockKind, string> = {
    flock: 'flock',
    posix: 'POSIX',
    ofd: 'OFD',
    existence: l10n.t('existence lock'),
    mandatory: l10n.t('mandatory'),
  };
  const name = kind === undefined ? undefined : names[kind];
  if (kind === 'existence') {
    return names.existence;
  }
  const how = access === undefined ? undefined : access === 'read' ? l10n.t('shared') : l10n.t('exclusive');
  return [name, how].filter((word) => word !== undefined).join(' ');
}

export function roleWord(role: InstanceRole): string {
  switch (role) {
    case 'owner':
      return l10n.t('owner');
    case 'duplicate':
      return l10n.t('duplicate');
    case 'possibleDuplicate':
      return l10n.t('possible duplicate');
    default:
      return assertNever(role);
  }
}

/** The part that an instance plays; a bystander is called what it is. */
export function instanceWord({ role, counted, root }: InstanceSnapshot, service: ServiceSnapshot): string {
  const isStarting = service.findings.some(
    ({ kind, pids }) => kind === 'startingInstance' && pids?.includes(root.pid) === true,
  );
  if (isStarting) {
    return l10n.t('starting');
  }
  return role === 'owner' && counted === false ? l10n.t('not counted') : roleWord(role);
}

export function proofWord(proof: Proof): string {
  switch (proof) {
    case 'proven':
      return l10n.t('proven');
    case 'plausible':
      return l10n.t('not proven');
    case 'guessed':
      return l10n.t('only a number');
    default:
      return assertNever(proof);
  }
}

/** `isLocked`: it is live for the lock on the file alone, and its process is not known to run. */
export function verdictText(verdict: PidVerdict, pid: number | undefined, isLocked = false): string {
  switch (verdict) {
    case 'live':
      return isLocked
        ? l10n.t('names pid {0}, and is locked', pid ?? '?')
        : l10n.t('names pid {0}, alive', pid ?? '?');
    case 'dead':
      return l10n.t('names pid {0}, which is gone', pid ?? '?');
    case 'reused':
      return l10n.t('names pid {0}, since reused', pid ?? '?');
    case 'unverifiable':
      return pid === undefined
        ? l10n.t('cannot be verified')
        : l10n.t('names pid {0}, which cannot be verified', pid);
    case 'empty':
      return l10n.t('contains no pid');
    case 'absent':
      return l10n.t('absent');
    default:
      return assertNever(verdict);
  }
}
