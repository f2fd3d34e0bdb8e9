/** A port that a service listens on, and who listens there. */
import * as l10n from '@vscode/l10n';
import type { PortListener, PortSnapshot, ServiceSnapshot } from '../../../api';
import { assertNever } from '../../../common/assertNever';
import { capabilities } from '../../../contributions';
import { inert } from '../words/sanitize';
import { pidAndProgram } from './processText';
import type { Icon, Row } from './row';
import { processCan } from './rowCapabilities';

export function portRow(service: ServiceSnapshot, port: PortSnapshot): Row {
  const id = `${service.id}/port/${port.port}`;
  const label = l10n.t('port {0}', port.port);
  const description = portText(port);
  return {
    id,
    label,
    description,
    icon: iconOf(port),
    spoken: `${label}, ${description}`,
    capabilities: [capabilities.evidence, ...(port.url === undefined ? [] : [capabilities.openUrl])],
    detail: [port.url, ...(port.recordedIn ?? [])].join('\0'),
    children: port.listeners.map((listener) => listenerRow(service, port, listener, id)),
    hasChildren: port.listeners.length > 0,
    subject: { kind: 'port', service, port },
  };
}

/** Who listens: `pid 4242 node, not an instance`. */
export function portText({ listeners, unknownReason }: PortSnapshot): string {
  const who = listeners.map((listener) =>
    [pidAndProgram(listener.pid, listener.command ?? ''), relationWord(listener)]
      .filter((part) => part !== '')
      .join(' · '),
  );
  const parts = [...who, inert(unknownReason ?? '')].filter((part) => part !== '');
  return parts.length === 0 ? l10n.t('no process listens') : parts.join(', ');
}

/** Empty for an instance, as it should be. */
export function relationWord({ relation, proof }: PortListener): string {
  switch (relation) {
    case 'instance':
      return '';
    case 'other':
      return proof === 'proven' ? l10n.t('not an instance') : l10n.t('probably not an instance');
    case 'unknown':
      return l10n.t('unknown whether it is an instance');
    default:
      return assertNever(relation);
  }
}

function iconOf({ listeners, unknownReason }: PortSnapshot): Icon {
  if (listeners.some(({ relation }) => relation === 'other')) {
    return { name: 'plug', color: 'problemsErrorIcon.foreground' };
  }
  if (unknownReason !== undefined || listeners.some(({ relation }) => relation === 'unknown')) {
    return { name: 'plug', color: 'problemsInfoIcon.foreground' };
  }
  return { name: 'plug', ...(listeners.length === 0 ? { color: 'disabledForeground' } : {}) };
}

function listenerRow(
  service: ServiceSnapshot,
  port: PortSnapshot,
  listener: PortListener,
  prefix: string,
): Row {
  const label = pidAndProgram(listener.pid, listener.command ?? '');
  const parts = [l10n.t('listens at {0}', listener.addresses.join(', ')), relationWord(listener)].filter(
    (part) => part !== '',
  );
  return {
    id: `${prefix}/${listener.pid}`,
    label,
    description: parts.join(' · '),
    icon: { name: 'server-process' },
    spoken: [label, ...parts].join(', '),
    capabilities: processCan(service, listener.pid),
    detail: listener.command ?? '',
    children: [],
    hasChildren: false,
    subject: { kind: 'listener', service, port, listener },
  };
}
