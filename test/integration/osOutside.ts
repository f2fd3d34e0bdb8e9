/** Starts `osProgram` where an observer is to be: as another user, or inside namespaces. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { build } from 'esbuild';
import type { ServiceState } from '../../src/api';
import type { ServiceFacts } from '../../src/model/facts';
import type { Service } from '../../src/model/service';
import { Actor } from '../fixtures/actors';

export interface Observed {
  facts: ServiceFacts;
  state: ServiceState;
}

export class OutsideObserver {
  readonly #actor: Actor;
  constructor(actor: Actor) {
    this.#actor = actor;
  }

  async #ask(order: string): Promise<Observed> {
    const seen = this.#actor.lines.length;
    this.#actor.say(order);
    return JSON.parse(await this.#actor.waitForNew(seen, '"observed":true')) as Observed;
  }

  tick(): Promise<Observed> {
    return this.#ask('tick');
  }

  inspect(): Promise<Observed> {
    return this.#ask('inspect');
  }

  async close(): Promise<void> {
    this.#actor.child.stdin?.end();
    await this.#actor.exited;
  }
}

/** The program as one file that any user can read; remove the folder afterwards. */
export async function bundleObserver(): Promise<{ folder: string; program: string }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'os-program-'));
  fs.chmodSync(folder, 0o755);
  const program = path.join(folder, 'osProgram.mjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'osProgram.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: {
      js: `import { createRequire as requirer } from 'node:module'; const require = requirer(import.meta.url);`,
    },
    logLevel: 'silent',
  });
  return { folder, program };
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
