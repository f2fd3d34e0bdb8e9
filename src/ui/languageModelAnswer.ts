import { commandLine } from '../model/process';
import type { Monitor } from '../monitor/client';
import { unknownReason } from './text/heldRows';

export interface ToolInput {
  path?: string;
  service?: string;
}

/** Plain data for a model; texts for a model are not translated. */
export async function languageModelAnswer(monitor: Monitor, { path, service }: ToolInput): Promise<unknown> {
  const { services, takenAt, lockSource } = await monitor.refresh();
  const found = services.filter(
    ({ name, lockFiles, pidFiles }) =>
      (service === undefined || name === service) &&
      (path === undefined || [...lockFiles, ...pidFiles].some((file) => file.path === path)),
  );
  if (found.length > 0 || (path === undefined && service === undefined)) {
    return { takenAt: new Date(takenAt).toISOString(), lockSource, services: found };
  }
  if (path !== undefined) {
    const locks = (await monitor.heldLocks(undefined)).filter((lock) => lock.path === path);
    return {
      takenAt: new Date().toISOString(),
      lockSource,
      path,
      watched: false,
      state: locks.length > 0 ? 'held' : lockSource === 'procfs' ? 'no visible lock' : 'unknown',
      locks: locks.map(({ kind, access, deletedInode, holders, unknown, waiters }) => ({
        kind,
        access,
        deletedInode,
        holders: holders.map(({ process, inherited }) => ({
          pid: process.pid,
          startTime: process.startTime,
          command: commandLine(process),
          cwd: process.cwd,
          user: process.user,
          inherited,
        })),
        ...(unknown === undefined ? {} : { holderUnknown: unknownReason(unknown) }),
        waiters,
      })),
    };
  }
  return {
    error: `No watched service is called ${JSON.stringify(service)}.`,
    services: services.map(({ name }) => name),
  };
}
