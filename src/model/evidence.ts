/** Facts that several findings give as evidence, in words. */
import * as l10n from '@vscode/l10n';
import type { FileFacts, ProcessFacts } from './facts';
import { toMs } from './records/recordIdentity';
import { pidAndWholeCommand } from './processes/process';
import { joined, processParts } from './processes/processParts';
import { localTime, oneLine } from './text';

/** `Process 4242 (python3 bot.py): parent 1, started 2026-01-31 09:05:07, in /home/ann/bot.` */
export function processLine(process: ProcessFacts): string {
  const { startTime, ppid, user: name, cwd } = process;
  const { parent, started, user, folder } = processParts({ startTime, ppid, user: name, cwd });
  const details = joined([parent, started, user, folder], ', ');
  const who = l10n.t('Process {0}', pidAndWholeCommand(process));
  return details === '' ? `${who}.` : `${who}: ${details}.`;
}

/** `The file was last written 2026-01-31 09:05:07.` */
export function writtenLine(file: FileFacts): string[] {
  return file.mtimeNs === undefined
    ? []
    : [l10n.t('{0} was last written {1}.', oneLine(file.path), localTime(toMs(file.mtimeNs)))];
}
