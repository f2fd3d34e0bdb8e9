/** The instances of a service that nothing but its port tells: whoever listens there. */
import type { ServiceFacts } from '../facts';
import { isRunning, mayBeService } from '../processes/process';
import { isActivator } from '../processes/listenersForOthers';
import type { ProcessTree } from '../processes/processTree';
import { sameService } from '../processes/sameRun';
import { joinSeed, type Groups } from './groups';

/**
 * Those who share a socket are one instance. So are several that run one program in one folder: a server that is started
 * some times over with SO_REUSEPORT shares its work that way.
 */
export function joinListeners({ ports = [], host }: ServiceFacts, groups: Groups, tree: ProcessTree): void {
  for (const { listeners } of ports) {
    for (const { processes } of listeners) {
      const own = processes.filter(
        (process) =>
          isRunning(process) && !tree.isOwn(process) && mayBeService(process, host) && !isActivator(process),
      );
      for (const process of own) {
        const group = joinSeed(process, groups, tree);
        if (group === undefined) continue;
        group.listens = true;
        for (const other of [...groups.all]) {
          const isSame = [...other.members.values()].some(
            (member) => own.includes(member) || sameService(member, process),
          );
          if (isSame) groups.merge(other, groups.of(process) ?? group).listens = true;
        }
      }
    }
  }
}
