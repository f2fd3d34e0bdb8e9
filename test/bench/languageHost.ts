/**
 * An extension that starts before the others: measures what ours costs the main thread from then on until all its services
 * are shown and their histories are written, and leaves the figure in the file that BENCH_LANGUAGE names.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { env } from 'vscode';
import { snapshotWhere } from '../vscode/monitor';
import { longestBlock, type Block } from './blocks';

export interface LanguageReport extends Block {
  language: string;
}

/** What changed is told in portions, and written down a while later: both belong to it. */
const AFTER_MS = 6000;

/** What the extension's `activate` calls. */
export async function run(): Promise<void> {
  const count = Number(process.env['BENCH_SERVICES']);
  const report = process.env['BENCH_LANGUAGE'] ?? '';
  const block = await longestBlock(async () => {
    await snapshotWhere(
      ({ services }) => services.length === count,
      () => `${count} services were never shown`,
      120_000,
    );
    await delay(AFTER_MS);
  });
  const told: LanguageReport = { ...block, language: env.language };
  writeFileSync(`${report}.new`, JSON.stringify(told));
  renameSync(`${report}.new`, report);
}
