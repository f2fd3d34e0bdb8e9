/** Who it is, proven how and since when: the table that an evidence page answers with before it argues. */
import * as l10n from '@vscode/l10n';
import type { InstanceSnapshot, ServiceSnapshot } from '../../../api';
import { localTime } from '../../../model/text';
import { pidAndProgram } from '../rows/processText';
import { markdownText } from '../words/sanitize';
import { instanceWord } from '../words/stateText';

/** As many are read at a glance; the lists below have them all. */
const SHOWN = 12;

/** Returns a table of the instances, and of holders that cannot be named; '': there is none. `proofs`: by root pid. */
export function whoTable(service: ServiceSnapshot, proofs: ReadonlyMap<number, string>): string {
  const rows = [
    ...service.instances.slice(0, SHOWN).map((instance) => instanceRow(instance, service, proofs)),
    ...unknownHolders(service).slice(0, SHOWN),
  ];
  if (rows.length === 0) return '';
  const head = [l10n.t('Role'), l10n.t('Process'), l10n.t('Running since'), l10n.t('Proof')];
  return [`## ${l10n.t('Who')}`, '', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function instanceRow(
  instance: InstanceSnapshot,
  service: ServiceSnapshot,
  proofs: ReadonlyMap<number, string>,
): string[] {
  const { pid, command, startTime } = instance.root;
  return [
    instanceWord(instance, service),
    markdownText(pidAndProgram(pid, command)),
    startTime === undefined ? '' : localTime(startTime),
    markdownText(proofs.get(pid) ?? '', 400),
  ];
}

const unknownHolders = ({ lockFiles }: ServiceSnapshot): string[][] =>
  lockFiles.flatMap(({ holders }) =>
    holders
      .filter(({ pid }) => pid === undefined)
      .map(({ unknownReason = '' }) => [
        l10n.t('holder'),
        l10n.t('unknown'),
        '',
        markdownText(unknownReason, 400),
      ]),
  );

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
