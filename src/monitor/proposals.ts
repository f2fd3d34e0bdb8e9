/** Asks a lock file's live owner what its service is. */
import { ownLog, proposalOf, type Proposal } from '../model/settings/proposal';
import type { Platform } from '../os/platform';
import type { ServiceReport } from './report';

/** Returns the proposal for what was checked; undefined where no single live owner shows itself. */
export function propose(report: ServiceReport | undefined, platform: Platform): Proposal | undefined {
  const proposal = report === undefined ? undefined : proposalOf(report.facts);
  if (proposal === undefined || platform.logsOf === undefined) {
    return proposal;
  }
  const { pid } = proposal.owner;
  const logFile = ownLog(platform.logsOf(pid), proposal.cwd);
  // The number may have passed on to another process meanwhile, whose log that would be.
  return logFile !== undefined && isStill(report, pid, platform) ? { ...proposal, logFile } : proposal;
}

function isStill(report: ServiceReport | undefined, pid: number, { processes }: Platform): boolean {
  const handle = processes.open(pid);
  const now = handle?.read();
  handle?.close();
  const before = report?.facts.processes.get(pid);
  return now !== undefined && now.startTicks === before?.startTicks;
}
