/** A folder with one record, and guards that say what a test wants. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { isProblem, readGeneration, type RecordGeneration } from '../../../src/os/recordGeneration';
import { plainGuards } from '../../../src/os/plainGuards';
import type { RemovalGuards } from '../../../src/os/removal/guards';
import { removeRecord, type RemovalOptions } from '../../../src/os/removal/remove';
import type { RemovalResult } from '../../../src/os/removal/results';

export const KINDS = ['file', 'symlink', 'directory'] as const;
export type Kind = (typeof KINDS)[number];

export class Place {
  readonly folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'removal-')));
  readonly record = path.join(this.folder, 'bot.pid');
  readonly guards: RemovalGuards = { ...plainGuards };
  readonly log: string[] = [];
  readonly waits: number[] = [];
  /** While the record is aside. */
  meanwhile: (aside: string) => void | Promise<void> = () => undefined;

  make(kind: Kind = 'file'): RecordGeneration {
    if (kind === 'file') fs.writeFileSync(this.record, '4242');
    else if (kind === 'symlink') fs.symlinkSync('tower-4242', this.record);
    else fs.mkdirSync(this.record);
    return this.read();
  }

  read(at = this.record): RecordGeneration {
    const read = readGeneration(at);
    if (isProblem(read)) throw new Error(read.problem);
    return read;
  }

  names(): string[] {
    return fs.readdirSync(this.folder).sort();
  }

  aside(): string {
    return path.join(this.folder, this.names().find((name) => name.endsWith('.aside')) ?? 'none');
  }

  remove(judged: RecordGeneration, more: Partial<RemovalOptions> = {}): Promise<RemovalResult> {
    return removeRecord(this.record, judged, {
      guards: this.guards,
      waitMs: 7,
      log: (text) => this.log.push(text),
      wait: async (ms) => {
        this.waits.push(ms);
        if (this.waits.length > 200) throw new Error('still waiting');
        if (this.waits.length === 1) await this.meanwhile(this.aside());
      },
      ...more,
    });
  }

  close(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
