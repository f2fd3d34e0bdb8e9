/** How the removal of a record ends. */
import { failureOf } from '../../common/errors';
import { problemOf, type GenerationProblem } from '../recordGeneration';
import type { Opener } from './guards';

/** Why a record that had been moved aside was not removed. */
export type PutBackReason =
  | 'changed'
  | 'open'
  | 'locked'
  /** A process was in the middle of something for so long that what it was doing cannot be known. */
  | 'busy';

/** What speaks against touching a record at all: it could not be put back, or not as it was. */
export type Obstacle =
  /** It has other names, which a record put back by Undo would no longer share. */
  | { result: 'hardLinked'; names: number }
  /** It, and the folder that keeps each user's files for him, are another user's. */
  | { result: 'otherUser'; uid: number }
  | { result: 'readOnly' }
  | { result: 'folderDenied'; code: string }
  /** This file system cannot link a record back, or the system forbids it. */
  | { result: 'noLinks'; code: string }
  /** A second name for it could be made, to see whether that works, and not be removed again. */
  | { result: 'linkLeft'; at: string; code: string };

export type RemovalResult =
  | { result: 'removed' }
  /** Nothing was touched: it is no longer what was judged. */
  | { result: 'changed' }
  | { result: 'absent' }
  /** Nothing was touched: someone has the file open, or locked. */
  | { result: 'open'; openers: readonly Opener[] }
  | { result: 'locked' }
  | Obstacle
  /** It was taken aside and is back under its name. */
  | { result: 'putBack'; because: PutBackReason; openers: readonly Opener[] }
  /**
   * A new record already has the name and was kept. `because`: why the one taken aside was to go back. `aside`: its
   * bytes.
   */
  | { result: 'superseded'; because: PutBackReason; aside: Buffer }
  /** It has lost its name and could not be given it back: it is at `at`. */
  | { result: 'stranded'; at: string; code: string; syscall: string }
  /** Nothing was touched. */
  | Failure;

export interface Failure {
  result: 'failed';
  code: string;
  syscall: string;
}

export function failure(error: unknown): Failure {
  const problem = problemOf(error);
  return problem.problem === 'failed'
    ? { result: 'failed', code: problem.code, syscall: problem.syscall }
    : { result: 'failed', code: 'ENOENT', syscall: failureOf(error).syscall };
}

/** Nothing was touched, since it could not be inspected. */
export function unreadable(read: GenerationProblem): RemovalResult {
  switch (read.problem) {
    case 'absent':
      return { result: 'absent' };
    case 'failed':
      return { result: 'failed', code: read.code, syscall: read.syscall };
    case 'special':
    case 'notEmpty':
    case 'tooLarge':
      return { result: 'changed' };
  }
}
