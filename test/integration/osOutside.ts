/** Starts `osProgram` where an observer is to be: as another user, or inside namespaces. */
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { ServiceState } from '../../src/api';
import type { LockFileFacts, ServiceFacts } from '../../src/model/facts';
import type { Service } from '../../src/model/service';
import type { HeldLock } from '../../src/os/platform';
import { Actor, actorPath } from '../fixtures/actors';
import { programAlone } from '../fixtures/aloneProgram';
import { Stage } from '../fixtures/stage';

export interface Observed {
  facts: ServiceFacts;
  state: ServiceState;
}

export class OutsideObserver {
  readonly #actor: Actor;
  constructor(actor: Actor) {
    this.#actor = actor;
  }

  async #ask(order: string): Promise<unknown> {
    const seen = this.#actor.lines.length;
    this.#actor.say(order);
    return JSON.parse(await this.#actor.waitForNew(seen, '"observed":true'));
  }

  async tick(): Promise<Observed> {
    return (await this.#ask('tick')) as Observed;
  }

  async inspect(): Promise<Observed> {
    return (await this.#ask('inspect')) as Observed;
  }

  async heldLocks(): Promise<readonly HeldLock[]> {
    return ((await this.#ask('held')) as { held: HeldLock[] }).held;
  }

  async locksOf(path: string): Promise<LockFileFacts> {
    return ((await this.#ask(`of ${path}`)) as { file: LockFileFacts }).file;
  }

  async close(): Promise<void> {
    this.#actor.child.stdin?.end();
    await this.#actor.exited;
  }
}

/** What the tests of a `describe` have in common: the program, and a stage for each of them. */
export interface Outside {
  readonly stage: Stage;
  readonly program: string;
}

/** `isOpen`: other users may go into the stage's folder. */
export function outside({ isOpen = false } = {}): Outside {
  let [folder, program] = ['', ''];
  let stage: Stage | undefined;
  beforeAll(async () => {
    ({ folder, program } = await programAlone('observer', path.join(import.meta.dirname, 'osProgram.ts')));
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
  beforeEach(() => {
    stage = Stage.open();
    if (isOpen) fs.chmodSync(stage.folder, 0o755);
  });
  afterEach(() => stage?.close());
  return {
    get stage() {
      if (stage === undefined) throw new Error('A stage is there while a test runs.');
      return stage;
    },
    get program() {
      return program;
    },
  };
}

export async function observeAs(uid: number, program: string, watched: Service): Promise<OutsideObserver> {
  const child = spawn(process.execPath, [program, JSON.stringify(watched)], {
    uid,
    gid: uid,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const actor = new Actor('observer', child.pid ?? 0, child);
  await actor.waitForRole('observer');
  return new OutsideObserver(actor);
}

/** Why unshare(1) cannot make these namespaces here; undefined: it can. */
export function whyNot(...flags: string[]): string | undefined {
  if (process.platform !== 'linux') return `no namespaces on ${process.platform}`;
  const tried = spawnSync('unshare', [...flags, 'true'], { encoding: 'utf8' });
  return tried.status === 0 ? undefined : `unshare(1): ${tried.error?.message ?? tried.stderr.trim()}`;
}

export interface Inside extends Outside {
  /** Options of unshare(1). */
  flags: readonly string[];
  /** `$D`: the stage, `$HOLD`: a holder's command, `$NODE`: this Node. */
  script: string;
  watched: Service;
  /** Ready before the observer starts. */
  roles: readonly string[];
  /** A command that becomes the observer, setpriv(1) for instance. */
  become?: string;
}

/** A shell in new namespaces runs `script`, then becomes the observer. */
export async function startInside({
  stage,
  program,
  flags,
  script,
  watched,
  roles,
  become = '',
}: Inside): Promise<{ actor: Actor; observer: OutsideObserver }> {
  const actor = await stage.startCommand(
    'unshare',
    [...flags, 'sh', '-c', `set -e; ${script}\nexec ${become} "$NODE" "$PROGRAM" "$SERVICE"`],
    {
      roles: [...roles, 'observer'],
      env: {
        D: stage.folder,
        NODE: process.execPath,
        HOLD: `${process.execPath} ${actorPath('holder')}`,
        PROGRAM: program,
        SERVICE: JSON.stringify(watched),
      },
    },
    'inside',
  );
  return { actor, observer: new OutsideObserver(actor) };
}
