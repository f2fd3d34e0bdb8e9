/** Asks a lock file's live owner what its service is. */
import { defined } from '../common/defined';
import type { ProcessFacts } from '../model/facts';
import { ownPorts } from '../model/settings/ownPorts';
import { ownLog, proposalOf, type Proposal } from '../model/settings/proposal';
import type { Platform } from '../os/platform';
import type { ServiceReport } from './report';

/** Returns the proposal for what was checked; undefined where no single live owner shows itself. */
export function propose(report: ServiceReport | undefined, platform: Platform): Proposal | undefined {
  const proposal = report === undefined ? undefined : proposalOf(report.facts);
  if (report === undefined || proposal === undefined) {
    return undefined;
  }
  const { pid } = proposal.owner;
  const instance = report.snapshot.instances.find(({ root }) => root.pid === pid);
  const members = (instance?.processes ?? []).flatMap((one) => report.facts.processes.get(one.pid) ?? []);
  const logFile = ownLog(readOf(report.facts.processes.get(pid), platform, platform.logsOf), proposal.cwd);
  const seen = members.flatMap((process) => readOf(process, platform, platform.openPortsOf));
  const ports = ownPorts(seen, members);
  return { ...proposal, ...defined({ logFile, ports: ports.length === 0 ? undefined : ports }) };
}

/** Nothing where the number has passed on to another process meanwhile, whose that would be. */
function readOf<Found>(
  process: ProcessFacts | undefined,
  platform: Platform,
  read: ((pid: number) => readonly Found[]) | undefined,
): readonly Found[] {
  const found = process === undefined ? [] : (read?.(process.pid) ?? []);
  return process !== undefined && found.length > 0 && isStill(process, platform) ? found : [];
}

function isStill({ pid, startTicks }: ProcessFacts, { processes }: Platform): boolean {
  const handle = processes.open(pid);
  const now = handle?.read();
  handle?.close();
  return now !== undefined && now.startTicks === startTicks;
}
