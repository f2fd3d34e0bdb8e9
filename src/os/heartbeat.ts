/**
 * What a thread is about to touch, in memory that another thread reads when no sign of life comes any more: a call that
 * the kernel does not answer cannot report itself. Written before each step that may wait, for the price of two stores.
 */

/** A path, prepared by `stepOf`. */
export type Step = number | string;

export interface Beat {
  /** Differs from the last one when the thread has done anything since. */
  beats: number;
  /** The thread is starting, or something that it began is not finished. */
  isBusy: boolean;
  /** What it was about to touch last; empty before the first. */
  path: string;
}

/** Words: steps, turns of the loop, unfinished works, where the touched path is. */
const STEPS = 0;
const TURNS = 1;
const BUSY = 2;
const AT = 3;
const WORDS = 4;
/** The place of a path that has none of its own; longer ones are cut. */
const DIRECT_AT = WORDS * 4;
const PATH_LIMIT = 4096;
/** Paths that are touched over and over are written down once. */
const TABLE_AT = DIRECT_AT + 2 + PATH_LIMIT;
const SIZE = 512 * 1024;
/** While something is unfinished the thread shows in this interval that its loop turns, ms. */
const TURN_MS = 1000;

interface Writer {
  words: Int32Array;
  text: Buffer;
  free: number;
}

let writer: Writer | undefined;
let listener: (() => void) | undefined;

/** Makes the memory for one thread, which counts as starting until it calls `started`. */
export function createHeartbeat(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(SIZE);
  const words = new Int32Array(memory, 0, WORDS);
  words[BUSY] = 1;
  words[AT] = DIRECT_AT;
  return memory;
}

/** Makes this thread write there what it does. */
export function useHeartbeat(memory: SharedArrayBuffer): void {
  writer = { words: new Int32Array(memory, 0, WORDS), text: Buffer.from(memory), free: TABLE_AT };
}

export function started(): void {
  add(BUSY, -1);
}

/** Prepares a path that will be touched often. */
export function stepOf(path: string): Step {
  if (writer === undefined) return path;
  const at = writer.free;
  // Three bytes of UTF-8 at most for each UTF-16 unit.
  if (at + 2 + Math.min(path.length * 3, PATH_LIMIT) > SIZE) return path;
  writer.free = at + 2 + write(writer.text, path, at);
  return at;
}

/** Calls this with every step instead, in a process that reports in its own way. */
export function onStep(listen: () => void): void {
  listener = listen;
}

/** Reports what this thread is about to touch. */
export function touching(step: Step): void {
  listener?.();
  if (writer === undefined) return;
  const { words, text } = writer;
  if (typeof step === 'string') {
    write(text, step, DIRECT_AT);
    words[AT] = DIRECT_AT;
  } else {
    words[AT] = step;
  }
  add(STEPS, 1);
}

/** Runs a work during which this thread is expected to give signs of life. */
export async function during<T>(work: () => Promise<T>): Promise<T> {
  add(BUSY, 1);
  const turns = setInterval(() => add(TURNS, 1), TURN_MS);
  try {
    return await work();
  } finally {
    clearInterval(turns);
    add(BUSY, -1);
  }
}

/** Reads what the thread that uses this memory reported last. */
export function readHeartbeat(memory: SharedArrayBuffer): Beat {
  const words = new Int32Array(memory, 0, WORDS);
  const text = Buffer.from(memory);
  const at = words[AT] ?? DIRECT_AT;
  return {
    beats: (words[STEPS] ?? 0) + (words[TURNS] ?? 0),
    isBusy: words[BUSY] !== 0,
    path: text.toString('utf8', at + 2, at + 2 + text.readUInt16LE(at)),
  };
}

/** Returns what this thread reported last, and how much it has reported by then. */
export function lastStep(): { count: number; path: string } {
  if (writer === undefined) return { count: 0, path: '' };
  const { path } = readHeartbeat(writer.words.buffer as SharedArrayBuffer);
  return { count: writer.words[STEPS] ?? 0, path };
}

function write(text: Buffer, path: string, at: number): number {
  const length = text.write(path, at + 2, PATH_LIMIT);
  text.writeUInt16LE(length, at);
  return length;
}

/** One thread writes, so a plain read and write is enough. */
function add(word: number, amount: number): void {
  if (writer !== undefined) writer.words[word] = (writer.words[word] ?? 0) + amount;
}
