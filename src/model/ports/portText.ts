/** Ports in sentences, for evidence; and the public view of them. */
import * as l10n from '@vscode/l10n';
import type { PortListener, PortSnapshot } from '../../api';
import { pidAndCommand, processRef } from '../processes/process';
import { oneLine } from '../text';
import type { JudgedListener, JudgedPort } from './judgePorts';
import { doubtText } from './relations';

export function portSnapshot(judged: JudgedPort): PortSnapshot {
  const { port, listeners, recordedBy, url } = judged;
  const reason = unknownText(judged);
  return {
    port,
    listeners: listeners.map(({ process, addresses, relation, proof }): PortListener => ({
      ...processRef(process),
      addresses: [...addresses],
      relation,
      ...(relation === 'unknown' ? {} : { proof }),
    })),
    ...(reason === undefined ? {} : { unknownReason: reason }),
    ...(recordedBy.length === 0 ? {} : { recordedIn: recordedBy.map(({ path }) => path) }),
    ...(url === undefined ? {} : { url }),
  };
}

/** Why it is not known who listens. */
function unknownText({ unknown, hidden }: JudgedPort): string | undefined {
  if (unknown === 'system') {
    return l10n.t('this system does not show who listens');
  }
  if (unknown === 'pending') {
    return l10n.t('who listens is looked up at the next check');
  }
  if (unknown === 'otherUser') {
    return l10n.t('no process of yours listens, and those of other users do not show whether they do');
  }
  if (unknown !== undefined) {
    return l10n.t('the list of sockets cannot be read: {0} failed with {1}', unknown.syscall, unknown.code);
  }
  return hidden.length === 0
    ? undefined
    : l10n.t(
        'a process of user {0} listens and does not show its descriptors',
        [...new Set(hidden.map(({ uid }) => uid ?? '?'))].join(', '),
      );
}

/** `4242 (node server.js)`, and the other watched service that it belongs to. */
export const listenerName = ({ process, of }: JudgedListener): string =>
  of === undefined
    ? pidAndCommand(process)
    : l10n.t('{0} of service {1}', pidAndCommand(process), oneLine(of, 60));

/** `4242 (node server.js) listens on port 3000 at 127.0.0.1: proven to be an instance.` */
export function listenerLine(listener: JudgedListener, port: number): string {
  return l10n.t(
    '{0} listens on port {1} at {2}: {3}.',
    listenerName(listener),
    port,
    listener.addresses.join(', '),
    relationText(listener),
  );
}

function relationText({ relation, proof, doubt }: JudgedListener): string {
  switch (relation) {
    case 'instance':
      return l10n.t('an instance, or a process that shares its socket');
    case 'other':
      return proof === 'proven' ? l10n.t('proven not to be an instance') : l10n.t('probably not an instance');
    case 'unknown':
      return l10n.t('unknown whether it is an instance, because {0}', doubtText(doubt ?? 'unsure'));
  }
}

/** Everything that is known of one port, a sentence each. */
export function portLines(judged: JudgedPort): string[] {
  const { port, listeners, unknown, hidden, recordedBy, sharedWith = [] } = judged;
  const reason = unknownText(judged);
  const isFree = unknown === undefined && listeners.length + hidden.length === 0;
  return [
    ...listeners.map((listener) => listenerLine(listener, port)),
    ...(reason === undefined ? [] : [l10n.t('On port {0}: {1}.', port, reason)]),
    ...(isFree && recordedBy.length === 0
      ? [l10n.t('No process listens on port {0} in this network namespace.', port)]
      : []),
    ...recordedBy.flatMap((record) => recordLine(judged, oneLine(record.path), record.verdict === 'live')),
    ...(sharedWith.length === 0
      ? []
      : [
          l10n.t(
            'The settings name port {0} for {1} too.',
            port,
            sharedWith.map((one) => oneLine(one, 60)).join(', '),
          ),
        ]),
  ];
}

/** What a record says of a port that is not as it says. */
function recordLine(
  { port, listeners, unknown, hidden }: JudgedPort,
  path: string,
  isLive: boolean,
): string[] {
  if (unknown !== undefined) {
    return [];
  }
  if (listeners.length + hidden.length === 0) {
    return [l10n.t('{0} names port {1}, and no process listens there.', path, port)];
  }
  const isForeign = listeners.length > 0 && listeners.every(({ relation }) => relation !== 'instance');
  return isForeign
    ? [
        isLive
          ? l10n.t('{0} names port {1}, where another process than the recorded one listens.', path, port)
          : l10n.t(
              '{0} names port {1} of a process that has ended or is unknown; another one listens there.',
              path,
              port,
            ),
      ]
    : [];
}
