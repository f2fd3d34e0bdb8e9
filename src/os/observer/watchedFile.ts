/**
 * One watched path: checked with one lstat a tick, read again only when device, inode, size or times changed.
 * Symbolic links are followed when they lead to something; one that leads nowhere is a record by itself (`host-pid`).
 */
import * as fs from 'node:fs';
import { dirname, resolve } from 'node:path';
import { failureOf } from '../../common/errors';
import type { FileFacts, FileProblem } from '../../model/facts';
import { RECORD_BYTES } from '../../model/records/recordBytes';
import { stepOf, touching, type Step } from '../heartbeat';
import type { SmallFileReader } from '../smallFileReader';
import { renewalsSeen } from '../renewals';

/**
 * File times advance with the kernel's timer tick (up to 10 ms): a file changed this shortly (ms) before it was read
 * can change again and look the same.
 */
const RACY_MS = 50;

export interface FileContent {
  bytes?: Uint8Array;
  symlinkTarget?: string;
}

const NOT_THERE = new Set(['ENOENT', 'ENOTDIR']);

/** The numbers of a stat that tell one generation of a file from the next, cheap to get and to compare. */
interface Glimpse {
  dev: number;
  ino: number;
  size: number;
  mtimeMs: number;
  ctimeMs: number;
  mode: number;
  nlink: number;
}

/** Returns them alone: what stat(2) answers has four dates, and is kept for as long as the file is watched. */
function glimpseOf(stat: Glimpse | undefined): Glimpse | undefined {
  if (stat === undefined) return undefined;
  const { dev, ino, size, mtimeMs, ctimeMs, mode, nlink } = stat;
  return { dev, ino, size, mtimeMs, ctimeMs, mode, nlink };
}

function isSameGlimpse(a: Glimpse, b: Glimpse): boolean {
  return (
    a.ino === b.ino &&
    a.mtimeMs === b.mtimeMs &&
    a.ctimeMs === b.ctimeMs &&
    a.size === b.size &&
    a.nlink === b.nlink &&
    a.mode === b.mode &&
    a.dev === b.dev
  );
}

const NO_THROW = { throwIfNoEntry: false } as const;

export class WatchedFile {
  readonly path: string;
  facts: FileFacts;
  content: FileContent | undefined;
  readonly #read: SmallFileReader;
  readonly #step: Step;
  /** Where it leads, for a symbolic link. */
  #targetStep: Step | undefined;
  #link: Glimpse | undefined;
  #target: Glimpse | undefined;
  #isLink = false;
  /** Until this time (Date.now()), an unchanged stat does not prove an unchanged file. */
  #racyUntil = Infinity;
  #hasLooked = false;
  /** An lstat as it was proves the file as it was. */
  #isSettled = false;

  constructor(path: string, read: SmallFileReader) {
    this.path = path;
    this.#read = read;
    this.#step = stepOf(path);
    this.facts = { path, status: 'absent' };
  }

  /** Reports whether anything about the file changed. `force`: read it even if it looks the same. */
  check(force = false): boolean {
    touching(this.#step);
    try {
      const stat = fs.lstatSync(this.path, NO_THROW);
      if (this.#isSettled && !force && isSameOrBothAbsent(stat, this.#link)) return false;
      const isChanged = this.#look(glimpseOf(stat), force);
      this.#isSettled = !this.#isLink && this.#racyUntil === 0 && this.facts.problem === undefined;
      return isChanged;
    } catch (error) {
      return this.#fail(failureOf(error, 'lstat'));
    }
  }

  /** Lets go of what it holds: nothing here. */
  close(): void {
    // A file that is checked here is open only during a look.
  }

  #look(link: Glimpse | undefined, force: boolean): boolean {
    let target: Glimpse | undefined;
    const isLink = link !== undefined && (link.mode & fs.constants.S_IFMT) === fs.constants.S_IFLNK;
    if (isLink) {
      try {
        touching(this.#stepBehind(link));
        target = glimpseOf(fs.statSync(this.path, NO_THROW));
      } catch (error) {
        return this.#fail(failureOf(error, 'stat'));
      }
    }
    const now = Date.now();
    const isSame =
      this.#hasLooked &&
      !force &&
      isSameOrBothAbsent(link, this.#link) &&
      isSameOrBothAbsent(target, this.#target) &&
      (this.facts.problem === undefined || this.facts.problem.code === 'EACCES');
    if (isSame && this.#racyUntil === 0) return false;
    this.#hasLooked = true;
    this.#link = link;
    this.#target = target;
    this.#isLink = isLink;
    if (link === undefined) {
      this.#racyUntil = 0;
      return this.#become({ path: this.path, status: 'absent' }, undefined);
    }
    const times = target ?? link;
    const isRecent = Math.abs(now - Math.max(times.mtimeMs, times.ctimeMs)) < RACY_MS;
    this.#racyUntil = isRecent ? now + RACY_MS : 0;
    return isLink && target === undefined ? this.#becomeLink() : this.#becomeFile();
  }

  /** A link may lead to another file system, which then is what does not answer. */
  #stepBehind(link: Glimpse | undefined): Step {
    if (this.#targetStep === undefined || !isSameOrBothAbsent(link, this.#link)) {
      this.#targetStep = resolve(dirname(this.path), fs.readlinkSync(this.path));
    }
    return this.#targetStep;
  }

  #becomeLink(): boolean {
    const stat = fs.lstatSync(this.path, { bigint: true, ...NO_THROW });
    if (stat === undefined) return this.#become({ path: this.path, status: 'absent' }, undefined);
    const symlinkTarget = fs.readlinkSync(this.path);
    return this.#become({ ...factsOf(this.path, stat), status: 'symlink' }, { symlinkTarget });
  }

  #becomeFile(): boolean {
    const stat = fs.statSync(this.path, { bigint: true, ...NO_THROW });
    if (stat === undefined) return this.#become({ path: this.path, status: 'absent' }, undefined);
    const facts = factsOf(this.path, stat);
    if (facts.status !== 'file') return this.#become(facts, undefined);
    if (stat.size === 0n) return this.#become(facts, { bytes: new Uint8Array() });
    const read = this.#read(this.path, RECORD_BYTES);
    if (read instanceof Uint8Array) return this.#become(facts, { bytes: read });
    if (NOT_THERE.has(read.code)) {
      // Removed, or replaced by rename, since the stat: the next look tells.
      this.#racyUntil = Infinity;
      return this.#become({ path: this.path, status: 'absent' }, undefined);
    }
    // It is there and its stat is good; only what it says is unknown.
    return this.#become({ ...facts, problem: { code: read.code, syscall: read.syscall } }, undefined);
  }

  #fail(problem: FileProblem): boolean {
    this.#hasLooked = true;
    this.#isSettled = false;
    this.#link = this.#target = undefined;
    this.#isLink = false;
    if (NOT_THERE.has(problem.code)) {
      this.#racyUntil = 0;
      return this.#become({ path: this.path, status: 'absent' }, undefined);
    }
    this.#racyUntil = Infinity;
    return this.#become({ path: this.path, status: 'unreadable', problem }, undefined);
  }

  #become(facts: FileFacts, content: FileContent | undefined): boolean {
    const isChanged = !isSameFacts(this.facts, facts) || !isSameContent(this.content, content);
    const renewals = renewalsSeen(this.facts, facts);
    this.facts = renewals === undefined ? facts : { ...facts, renewals };
    this.content = content;
    return isChanged;
  }
}

function isSameOrBothAbsent(a: Glimpse | undefined, b: Glimpse | undefined): boolean {
  return a === undefined || b === undefined ? a === b : isSameGlimpse(a, b);
}

function factsOf(path: string, stat: fs.BigIntStats): FileFacts {
  return {
    path,
    status: stat.isFile()
      ? 'file'
      : stat.isDirectory()
        ? 'directory'
        : stat.isSymbolicLink()
          ? 'symlink'
          : 'special',
    // Node's bigint stat is signed; device and inode numbers are not.
    id: { dev: BigInt.asUintN(64, stat.dev).toString(), ino: BigInt.asUintN(64, stat.ino).toString() },
    size: Number(stat.size),
    mtimeNs: stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
    mode: Number(stat.mode),
    uid: Number(stat.uid),
    nlink: Number(stat.nlink),
  };
}

function isSameFacts(a: FileFacts, b: FileFacts): boolean {
  return (
    a.status === b.status &&
    a.id?.dev === b.id?.dev &&
    a.id?.ino === b.id?.ino &&
    a.size === b.size &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs &&
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.nlink === b.nlink &&
    a.problem?.code === b.problem?.code &&
    a.problem?.syscall === b.problem?.syscall
  );
}

function isSameContent(a: FileContent | undefined, b: FileContent | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.symlinkTarget !== b.symlinkTarget) return false;
  if (a.bytes === undefined || b.bytes === undefined) return a.bytes === b.bytes;
  return Buffer.compare(a.bytes, b.bytes) === 0;
}
