/**
 * Bystanders beside two real duplicates, while Kill Duplicate and Clean Up are driven by Enter alone: an agent whose
 * prompt names the script, a linter of it, the bot of another worktree, a process of a container, the owner's twin in
 * a container (same program, arguments, directory and lock file), a recycled number.
 */
import * as fs from 'node:fs';
import { patient, Rig, service } from '../integration/actionsRig';
import type { Actor } from '../fixtures/actors';
import { startNumberedInside } from '../fixtures/namespaces';
import { isRunning, readStat } from '../fixtures/proc';
import { makeReusedPidRecord } from '../fixtures/records';
import { Stage } from '../fixtures/stage';
import type { Service } from '../../src/model/service';

export interface BystanderCounts {
  rounds: number;
  /** Rounds in which the duplicate ended. */
  ended: number;
  /** Rounds in which the record that it left was removed. */
  removed: number;
  bystandersSignalled: number;
  liveRecordsLost: number;
  /** For each round in which one was left: what the plan said of everyone, and what came of it. */
  left: string[];
  /** What the rules of 0.1.0 would have ticked in the same rounds: a text anywhere in a command line, a number alone. */
  naive: { bystanders: number; records: number };
  seconds: number;
}

const SCRIPT = 'holder.cjs';

/** A full count takes most of an hour, and one that is stopped early has still shown something. */
const TOLD_EVERY = 500;

const progress = ({
  rounds,
  ended,
  removed,
  bystandersSignalled,
  liveRecordsLost,
}: BystanderCounts): string =>
  `${rounds} rounds: ${ended} duplicates ended, ${removed} stale records removed, ` +
  `${bystandersSignalled} bystanders signalled, ${liveRecordsLost} live records lost`;

/** A program that only waits, called and started as one likes. */
const waiting = (stage: Stage, name: string, args: readonly string[], cwd: string): Promise<Actor> => {
  const script = stage.file(
    name,
    'process.stdin.resume(); process.stdout.write(\'{"ready":true,"role":"waiting"}\\n\');',
  );
  return stage.startCommand(process.execPath, [script, ...args], { cwd });
};

interface Scene {
  services: Service[];
  owner: Actor;
  bystanders: number[];
  /** Paths of records that live processes have written, or may have. */
  liveRecords: string[];
  staleRecord: string;
  contend: () => Promise<Actor>;
}

/** The smallest number above that of a shell's first commands which no process of this machine has. */
function freeNumber(): number {
  let number = 9;
  while (fs.existsSync(`/proc/${number}`)) number++;
  return number;
}

async function setUp(stage: Stage): Promise<Scene> {
  const lock = stage.file('bot/bot.lock');
  const contend = (): Promise<Actor> => stage.start('holder', ['--file', lock, '--contend'], { cwd: 'bot' });
  const owner = await contend();
  const agent = await waiting(
    stage,
    'bot/claude.cjs',
    ['-p', `restart ${SCRIPT} and end the other one`],
    'bot',
  );
  const linter = await waiting(stage, 'bot/lint.cjs', ['--watch', SCRIPT], 'bot');
  const worktree = await stage.start('holder', ['--file', stage.file('worktree/bot.lock'), '--contend'], {
    cwd: 'worktree',
  });
  const number = freeNumber();
  const inside = await startNumberedInside(stage, number, [
    '--file',
    stage.file('container/bot.lock'),
    '--contend',
  ]);
  const twin = await startNumberedInside(stage, number, ['--file', lock, '--contend'], { cwd: 'bot' });
  const recycled = await makeReusedPidRecord(stage, 'recycled/bot.pid', 'plain');
  const liveRecords = [
    stage.file('live/bot.pid', String(worktree.pid)),
    stage.file('container/bot.pid', String(number)),
    recycled.record,
  ];
  const staleRecord = stage.path('stale/bot.pid');
  stage.subfolder('stale');
  return {
    services: [
      service({ lockFiles: [lock], process: { kind: 'substring', text: SCRIPT } }),
      ...[...liveRecords, staleRecord].map((path, index) =>
        service({ id: `record-${index}`, name: `record ${index}`, pidFiles: [path] }),
      ),
    ],
    owner,
    bystanders: [agent.pid, linter.pid, worktree.pid, inside.pid, twin.pid, recycled.stranger],
    liveRecords,
    staleRecord,
    contend,
  };
}

const commandLineOf = (pid: number): string => fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1');

/** Told as 0.1.0 did: the text anywhere in the command line is an instance, a number without a process is dead. */
function naively({ bystanders, liveRecords }: Scene): BystanderCounts['naive'] {
  const isGone = (record: string): boolean => {
    try {
      process.kill(Number(fs.readFileSync(record, 'utf8')), 0);
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ESRCH';
    }
  };
  return {
    bystanders: bystanders.filter((pid) => commandLineOf(pid).includes(SCRIPT)).length,
    records: liveRecords.filter(isGone).length,
  };
}

async function oneRound(scene: Scene, rig: Rig, counts: BystanderCounts): Promise<void> {
  const duplicate = await scene.contend();
  const ticks = readStat(duplicate.pid)?.startTicks;
  // Its number can be another's by then: other tests set the counter of pids.
  const isThere = (): boolean => isRunning(duplicate.pid) && readStat(duplicate.pid)?.startTicks === ticks;
  const plan = await rig.actions.planTermination('service', { kind: 'duplicates' });
  const ticked = plan.candidates.filter(({ preselected }) => preselected).map(({ id }) => id);
  const result = await rig.actions.terminate(plan.id, ticked, patient);
  if (isThere()) {
    const said = { duplicate: duplicate.pid, candidates: plan.candidates, outcomes: result.outcomes };
    counts.left.push(`the duplicate in round ${counts.rounds + 1}: ${JSON.stringify(said)}`);
  } else {
    counts.ended++;
  }
  const signalled = result.outcomes.flatMap((outcome) => outcome.signalled);
  counts.bystandersSignalled += signalled.filter((pid) => pid !== duplicate.pid).length;
  if (isThere()) await duplicate.killHard();

  fs.writeFileSync(scene.staleRecord, String(isRunning(duplicate.pid) ? freeNumber() : duplicate.pid));
  const ids = scene.services.map(({ id }) => id).filter((id) => id.startsWith('record'));
  const cleanUp = await rig.actions.planCleanUp(ids);
  await rig.actions.cleanUp(
    cleanUp.id,
    cleanUp.items.filter(({ preselected }) => preselected).map(({ id }) => id),
  );
  if (fs.existsSync(scene.staleRecord)) {
    counts.left.push(
      `the stale record in round ${counts.rounds + 1}: ${JSON.stringify([cleanUp.refused, cleanUp.items])}`,
    );
  } else {
    counts.removed++;
  }
  counts.liveRecordsLost += scene.liveRecords.filter((record) => !fs.existsSync(record)).length;
  const naive = naively(scene);
  counts.naive.bystanders += naive.bystanders;
  counts.naive.records += naive.records;
  counts.rounds++;
}

export async function bystanderRounds(rounds: number): Promise<BystanderCounts> {
  const counts: BystanderCounts = {
    rounds: 0,
    ended: 0,
    removed: 0,
    bystandersSignalled: 0,
    liveRecordsLost: 0,
    left: [],
    naive: { bystanders: 0, records: 0 },
    seconds: 0,
  };
  const began = performance.now();
  const stage = Stage.open();
  try {
    const scene = await setUp(stage);
    const before = new Map(
      [scene.owner.pid, ...scene.bystanders].map((pid) => [pid, readStat(pid)?.startTicks]),
    );
    const rig = new Rig(scene.services);
    let told = 0;
    for (let round = 0; round < rounds; round++) {
      await oneRound(scene, rig, counts);
      for (const each of counts.left.slice(told)) console.error(`left: ${each}`);
      told = counts.left.length;
      if (counts.rounds % TOLD_EVERY === 0) console.error(progress(counts));
    }
    for (const [pid, ticks] of before) {
      if (!isRunning(pid) || readStat(pid)?.startTicks !== ticks) counts.bystandersSignalled++;
    }
  } finally {
    await stage.close();
  }
  return { ...counts, seconds: (performance.now() - began) / 1000 };
}
