/** The ports of a service, judged: is who listens there one of its instances, something else, or is that not known? */
import type { PortRelation, Proof } from '../../api';
import type { ListenerFacts, PortFacts, ProcessFacts } from '../facts';
import type { JudgedRecord } from '../records/records';
import { relations, type Doubt, type PortContext } from './relations';

export interface JudgedListener {
  process: ProcessFacts;
  addresses: readonly string[];
  relation: PortRelation;
  proof: Proof;
  /** Of `unknown`: why. */
  doubt?: Doubt;
  /** The other watched service that it belongs to. */
  of?: string;
}

export interface JudgedPort extends Pick<PortFacts, 'port' | 'isConfigured' | 'unknown' | 'sharedWith'> {
  /** The records that name it. */
  recordedBy: readonly JudgedRecord[];
  listeners: readonly JudgedListener[];
  /** Sockets that listen, and that no process shows. */
  hidden: readonly ListenerFacts[];
  /** Where a browser finds what listens. */
  url?: string;
}

export function judgePorts(context: PortContext): JudgedPort[] {
  const { facts, records } = context;
  const ports = facts.ports ?? [];
  if (ports.length === 0) {
    return [];
  }
  const relationOf = relations(context);
  return ports.map((port): JudgedPort => {
    const recordedBy = records.filter(({ content }) => content?.record.port === port.port);
    const { isConfigured, unknown, sharedWith } = port;
    const listeners = listenersOf(port).map(({ process, sockets }): JudgedListener => ({
      process,
      addresses: [...new Set(sockets.map(({ address }) => address))],
      ...relationOf(process, sockets, port),
    }));
    const hidden = port.listeners.filter(({ processes }) => processes.length === 0);
    const isAnswering = unknown === undefined ? port.listeners.length > 0 : isRecordedLive(recordedBy);
    const url = isAnswering ? urlOf(port, recordedBy) : undefined;
    return {
      port: port.port,
      isConfigured,
      recordedBy,
      listeners,
      hidden,
      ...(unknown === undefined ? {} : { unknown }),
      ...(sharedWith === undefined ? {} : { sharedWith }),
      ...(url === undefined ? {} : { url }),
    };
  });
}

const isRecordedLive = (records: readonly JudgedRecord[]): boolean =>
  records.some(({ verdict }) => verdict === 'live');

/** Every process once, with the sockets of this port that it has. */
function listenersOf({ listeners }: PortFacts): { process: ProcessFacts; sockets: ListenerFacts[] }[] {
  const byPid = new Map<number, { process: ProcessFacts; sockets: ListenerFacts[] }>();
  for (const socket of listeners) {
    for (const process of socket.processes) {
      const known = byPid.get(process.pid);
      if (known === undefined) byPid.set(process.pid, { process, sockets: [socket] });
      else known.sockets.push(socket);
    }
  }
  return [...byPid.values()];
}

/**
 * What a live record names, or the port on this machine. A port of lines without names (PostgreSQL, memtomem) is
 * nothing for a browser.
 */
function urlOf({ port, isConfigured }: PortFacts, recordedBy: readonly JudgedRecord[]): string | undefined {
  const live = recordedBy.find(
    ({ verdict, content }) => verdict === 'live' && content?.record.url !== undefined,
  );
  const isWeb = isConfigured || recordedBy.some(({ content }) => content?.record.shape === 'json');
  return live?.content?.record.url ?? (isWeb ? `http://localhost:${port}/` : undefined);
}
