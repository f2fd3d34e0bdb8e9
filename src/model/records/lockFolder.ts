/** Folders that lock by being there, as mkdir(1) makes them, with the record of who made them as all that is in them. */
import { saidByName } from './pidRecordUnsure';

/** Names that say nothing but what is in the file: a service that has a folder for its files gives them its name. */
const SAYS_NO_SERVICE = /^\.?(?:pid|pidfile|owner|info|holder)(?:\.(?:pid|txt|json))?$/i;
const LOCKS = /(?:mutex|running|semaphore)$/i;
/** Where locks of all services lie: `/var/lock`, `locks`. */
const OF_MANY = /^\/(?:run|var)\/lock$|(?:^|[/\\])\.?lock(?:file)?s$/i;

/** Returns whether the folder may be a lock if this record is alone in it. */
export function mayLock(folder: string, fileName: string): boolean {
  const name = folder.slice(Math.max(folder.lastIndexOf('/'), folder.lastIndexOf('\\')) + 1);
  const isCalledSo = saidByName(name) === 'lock' || LOCKS.test(name);
  return SAYS_NO_SERVICE.test(fileName) || (isCalledSo && !OF_MANY.test(folder));
}
