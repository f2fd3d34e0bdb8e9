/**
 * The clean-up against a daemon that starts at that very moment. `removal <kind> <how> <rounds> <folder>`, where how is
 * `protocol` or `unlink` (the control: read, ask whether the process lives, unlink). Prints one line of JSON.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { linuxGuards } from '../../src/os/linux/removalGuards';
import { removeRecord } from '../../src/os/removal/remove';
import { isProblem, readGeneration, type RecordGeneration } from '../../src/os/recordGeneration';
import { monotonicNs, spinUntil } from './sharedMemory';
import {
  IDLE,
  LET_GO,
  liveRecord,
  lockPath,
  recordPath,
  REFUSED,
  Slots,
  SLOTS,
  staleRecord,
  STARTED,
  type StarterKind,
} from './slots';

const [kind = '', how = '', roundsText = '', folder = '', starterProgram = ''] = process.argv.slice(2);
const rounds = Number(roundsText);
/** The shortest that FACTS allows; the extension itself waits ten times as long. */
const WAIT_MS = 2;

/** Time for the starter to wake up. */
const LEAD_NS = 120_000;

export interface RemovalCounts {
  kind: StarterKind;
  how: string;
  rounds: number;
  /** The daemon is up, its record is not under its name. */
  lost: number;
  /** The daemon holds the lock of an inode that the name no longer leads to: a second one could start. */
  splitBrains: number;
  /** The daemon did not start. */
  refused: number;
  /** What the clean-up answered, by answer. */
  answers: Record<string, number>;
  seconds: number;
}

const counts: RemovalCounts = {
  kind: kind as StarterKind,
  how,
  rounds,
  lost: 0,
  splitBrains: 0,
  refused: 0,
  answers: {},
  seconds: 0,
};
const memory = `${folder}/memory`;
const slots = new Slots(memory);
/** When the record changes its name, ns after the start of a removal: where a start hurts most. Learnt as we go. */
let criticalNs = 300_000;
/** How long after its start the daemon makes its record, ns. */
let latencyNs = 20_000;
let nextRound = 0;

function prepare(slot: number, round: number): RecordGeneration {
  const path = recordPath(folder, slot);
  // The record of a dead process; every other time the same inode as before, as a daemon that overwrites leaves it.
  if (round % 2 === 0) fs.rmSync(path, { force: true });
  fs.writeFileSync(path, staleRecord(round));
  const generation = readGeneration(path);
  if (isProblem(generation)) throw new Error(`the stale record cannot be read: ${generation.problem}`);
  return generation;
}

/** Most records are made within microseconds of the critical moment, some all over the removal and its wait. */
function startingOffset(): number {
  const luck = Math.random();
  if (luck < 0.8) return Math.max(0, criticalNs - latencyNs + (Math.random() - 0.6) * 50_000);
  if (luck < 0.92) return Math.random() * criticalNs * 2.5;
  return Math.random() * (criticalNs * 2.5 + WAIT_MS * 1e6);
}

function learnLatency(slot: number): void {
  const latency = slots.moment(slot) - slots.startAt(slot);
  // Later than that, it was preempted or dawdled, which nobody can aim at.
  if (latency > 0 && latency < 150_000) latencyNs += (latency - latencyNs) * 0.05;
}

/** Does the process that the record names exist, as anyone would ask? */
function isAlive(record: RecordGeneration): boolean {
  try {
    return process.kill(Number(record.content.toString('latin1')), 0);
  } catch {
    return false;
  }
}

async function remove(slot: number, judged: RecordGeneration): Promise<string> {
  const path = recordPath(folder, slot);
  const started = monotonicNs();
  if (how === 'unlink') {
    const now = readGeneration(path);
    if (isProblem(now) || isAlive(now) || !now.content.equals(judged.content)) return 'changed';
    criticalNs += (monotonicNs() - started - criticalNs) * 0.05;
    try {
      fs.unlinkSync(path);
      return 'removed';
    } catch {
      return 'absent';
    }
  }
  const answer = await removeRecord(path, judged, {
    guards: linuxGuards,
    wait: (ms) => delay(ms),
    waitMs: WAIT_MS,
    log: (text) => {
      if (text.startsWith('moved aside')) criticalNs += (monotonicNs() - started - criticalNs) * 0.05;
    },
  });
  return answer.result === 'putBack' || answer.result === 'superseded'
    ? `${answer.result} (${answer.because})`
    : answer.result;
}

function judge(slot: number, round: number): void {
  const state = slots.state(slot);
  if (state === REFUSED) {
    counts.refused += 1;
    return;
  }
  const path = recordPath(folder, slot);
  const now = readGeneration(path);
  if (isProblem(now) || now.content.toString('latin1') !== liveRecord(round)) counts.lost += 1;
  const locked = slots.lockedInode(slot);
  if (kind.startsWith('locked') && (isProblem(now) || now.ino !== locked)) counts.splitBrains += 1;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function runSlot(slot: number): Promise<void> {
  while (nextRound < rounds) {
    const round = nextRound;
    nextRound += 1;
    const judged = prepare(slot, round);
    const start = monotonicNs() + LEAD_NS;
    slots.ask(slot, round, start + startingOffset());
    spinUntil(start);
    const answer = await remove(slot, judged);
    counts.answers[answer] = (counts.answers[answer] ?? 0) + 1;
    while (slots.state(slot) !== STARTED && slots.state(slot) !== REFUSED) await turn();
    learnLatency(slot);
    judge(slot, round);
    slots.setState(slot, LET_GO);
    while (slots.state(slot) !== IDLE) await turn();
  }
}

for (let slot = 0; slot < SLOTS; slot += 1) {
  fs.mkdirSync(`${folder}/${slot}`, { recursive: true });
  fs.writeFileSync(lockPath(folder, slot), '');
}
const starter = spawn(process.execPath, [starterProgram, memory, folder, kind], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
starter.once('exit', (code) => {
  if (code !== null) throw new Error(`the starter ended with ${code}`);
});
await once(starter.stdout, 'data');
const began = performance.now();
await Promise.all(Array.from({ length: SLOTS }, (_, slot) => runSlot(slot)));
counts.seconds = (performance.now() - began) / 1000;
starter.kill('SIGKILL');
process.stdout.write(`${JSON.stringify(counts)}\n`);
