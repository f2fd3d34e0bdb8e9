/** Every finding there is. */
import type { FindingKind } from '../../api';
import type { DiagnosisContext, FindingDraft } from '../context';
import { conflictInLog } from './conflictInLog';
import { duplicateInstances } from './duplicateInstances';
import { filesLeftOut } from './filesLeftOut';
import { holderUnknown } from './holderUnknown';
import { inheritedLock } from './inheritedLock';
import { leftOver } from './leftOver';
import { pidMismatch } from './pidMismatch';
import { portConflict } from './portConflict';
import { possibleDuplicates } from './possibleDuplicates';
import { recordMissing } from './recordMissing';
import { recordUnverifiable } from './recordUnverifiable';
import { splitBrain } from './splitBrain';
import { stalePidDead } from './stalePidDead';
import { stalePidReused } from './stalePidReused';
import { startingInstance } from './startingInstance';
import { stoppedHolder } from './stoppedHolder';
import { waiters } from './waiters';

/** Returns what of its kind there is to say about a service; usually nothing. */
export type FindingRule = (context: DiagnosisContext) => FindingDraft[];

/** Worst first: in this order findings are shown. A kind that is missing here does not compile. */
export const FINDINGS: Record<FindingKind, FindingRule> = {
  splitBrain,
  duplicateInstances,
  portConflict,
  conflictInLog,
  stalePidDead,
  stalePidReused,
  leftOver,
  holderUnknown,
  recordUnverifiable,
  recordMissing,
  pidMismatch,
  stoppedHolder,
  startingInstance,
  possibleDuplicates,
  inheritedLock,
  waiters,
  filesLeftOut,
};
