/** Around the removal of a record: procfs shows who has it open, and who may be about to. */
import * as fs from 'node:fs';
import { exists, syncFolder } from '../plainGuards';
import type { Folder, ProcessMark, RemovalGuards } from '../removal/guards';
import { findOpeners, isInodeLocked } from './locks/openers';
import { busyThreads, stillBusy } from './processes/inFlight';
import { parseProcStat } from './procfs/procStat';
import { isGone, readLink, readText } from './procfs/read';
import { O_PATH } from './regularFile';

export const linuxGuards: RemovalGuards = {
  openFolder,
  findOpeners: (path, name) => findOpeners(path, { names: [name] }),
  isInodeLocked: (ino) => isInodeLocked(ino),
  watchInFlight() {
    let left = busyThreads();
    return () => (left = stillBusy(left)).length > 0;
  },
  linkSymlink: (from, to) => fs.linkSync(from, to),
  mayActForOwners,
  markSelf,
  mayStillRun,
  syncFolder,
};

/**
 * Held open, so that every step acts in the same one even if a parent is renamed or replaced meanwhile:
 * `/proc/self/fd/<n>/<name>` is what openat(2) would be.
 */
function openFolder(path: string): Folder {
  const fd = fs.openSync(path, O_PATH | fs.constants.O_DIRECTORY);
  const self = `/proc/self/fd/${fd}`;
  return { path, self: `${self}/.`, fd, at: (name) => `${self}/${name}`, close: () => fs.closeSync(fd) };
}

const CAP_FOWNER = 3n;
/** /proc/self/uid_map of the initial user namespace; elsewhere the capability holds for the users of that one only. */
const EVERY_USER = /^\s*0\s+0\s+4294967295\s*$/;

/** Root may have been left without the capability that counts here (capabilities(7)). */
function mayActForOwners(): boolean {
  const status = readText('/proc/self/status');
  const map = readText('/proc/self/uid_map');
  if (typeof status !== 'string' || typeof map !== 'string') {
    return true; // no procfs: root is root
  }
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return (
    effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_FOWNER) & 1n) === 1n && EVERY_USER.test(map)
  );
}

function markSelf(): ProcessMark {
  const bootId = readText('/proc/sys/kernel/random/boot_id');
  const pidNamespace = readLink('/proc/self/ns/pid');
  const text = readText('/proc/self/stat');
  const stat = typeof text === 'string' ? parseProcStat(text) : undefined;
  return {
    pid: stat?.pid ?? process.pid,
    ...(stat === undefined ? {} : { startTicks: stat.startTicks }),
    ...(typeof bootId === 'string' ? { bootId: bootId.trim() } : {}),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
  };
}

function mayStillRun({ pid, startTicks }: ProcessMark): boolean {
  if (startTicks === undefined) return exists(pid);
  const text = readText(`/proc/${pid}/stat`);
  if (typeof text !== 'string') {
    return !isGone(text.code);
  }
  const stat = parseProcStat(text);
  return stat === undefined || (stat.startTicks === startTicks && stat.state !== 'Z' && stat.state !== 'X');
}
