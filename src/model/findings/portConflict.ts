/** Something else listens on a port of the service, or two of its instances do. */
import * as l10n from '@vscode/l10n';
import type { Severity } from '../../api';
import { commandsFor } from '../commands/index';
import type { DiagnosisContext, FindingDraft } from '../context';
import { processLine } from '../evidence';
import { commandLines, factLines } from '../evidenceLine';
import { listWords } from '../processes/process';
import type { JudgedListener, JudgedPort } from '../ports/judgePorts';
import { listenerName, portLines } from '../ports/portText';
import { isToldByPort } from '../service';
import { oneLine } from '../text';

const addressesOf = (listeners: readonly JudgedListener[]): string =>
  [...new Set(listeners.flatMap(({ addresses }) => addresses))].join(', ');

const named = (listeners: readonly JudgedListener[]): string => listWords(listeners, listenerName);

/** Both accept connections to one address, which only sockets with SO_REUSEPORT can. */
const shareAddress = (a: readonly JudgedListener[], b: readonly JudgedListener[]): boolean =>
  a.some(({ addresses }) => b.some((one) => one.addresses.some((address) => addresses.includes(address))));

/** A port of lines without names (PostgreSQL) may be that of a socket of another kind: only JSON says what it means. */
const isClaimed = ({ isConfigured, recordedBy }: JudgedPort): boolean =>
  isConfigured ||
  recordedBy.some(({ verdict, content }) => verdict === 'live' && content?.record.shape === 'json');

export function portConflict(context: DiagnosisContext): FindingDraft[] {
  const { facts, ports } = context;
  return ports.filter(isClaimed).flatMap((judged): FindingDraft[] => {
    const [own, others] = sides(judged, context);
    if (others.length === 0) {
      return [];
    }
    const isProven = others.some(({ proof }) => proof === 'proven');
    const isShared = shareAddress(own, others);
    const severity: Severity = isProven && (own.length === 0 || isShared) ? 'conflict' : 'warning';
    const processes = others.map(({ process }) => process);
    const pids = processes.map(({ pid }) => pid);
    const commands = commandsFor(facts.host);
    return [
      {
        severity,
        message:
          own.length === 0 ? taken(judged, others, isProven, context) : shared(judged, own, others, isShared),
        evidence: [
          ...factLines(...portLines(judged), ...processes.map(processLine)),
          ...commandLines(...commands.listeners(judged.port), ...commands.processes(pids)),
        ],
        pids,
      },
    ];
  });
}

/** Who listens with right, and who is too many; of a service that nothing but its port tells, the first and the rest. */
function sides(
  { listeners }: JudgedPort,
  { facts, instances }: DiagnosisContext,
): [JudgedListener[], JudgedListener[]] {
  const own = listeners.filter(({ relation }) => relation === 'instance');
  if (!isToldByPort(facts.service)) {
    return [own, listeners.filter(({ relation }) => relation === 'other')];
  }
  const instanceOf = ({ process }: JudgedListener): number =>
    instances.all.findIndex(({ processes }) => processes.some(({ pid }) => pid === process.pid));
  const first = Math.min(...own.map(instanceOf));
  return [
    own.filter((listener) => instanceOf(listener) === first),
    own.filter((listener) => instanceOf(listener) !== first),
  ];
}

/** No instance listens there. */
function taken(
  { port }: JudgedPort,
  others: readonly JudgedListener[],
  isProven: boolean,
  { facts, instances }: DiagnosisContext,
): string {
  const name = oneLine(facts.service.name);
  const isRunning = instances.all.length > 0;
  if (!isProven) {
    return l10n.t('Port {0} of {1} is probably taken by {2}.', port, name, named(others));
  }
  return isRunning
    ? l10n.t('{1} is running, but port {0} is taken by {2}.', port, name, named(others))
    : l10n.t('Port {0} is taken by {2}, so {1} cannot start there.', port, name, named(others));
}

function shared(
  { port }: JudgedPort,
  own: readonly JudgedListener[],
  others: readonly JudgedListener[],
  isShared: boolean,
): string {
  return isShared
    ? l10n.t(
        '{0} and {1} both listen on port {2}: which of them gets a connection is left to the kernel.',
        named(own),
        named(others),
        port,
      )
    : l10n.t(
        'Two processes listen on port {0}: {1} at {2}, and {3} at {4}.',
        port,
        named(own),
        addressesOf(own),
        named(others),
        addressesOf(others),
      );
}
