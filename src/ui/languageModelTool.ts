import * as vscode from 'vscode';
import { languageModelTool } from '../contributions';
import { commandLine } from '../model/process';
import type { Monitor } from '../monitor/client';
import type { Disposable } from './disposables';
import { unknownReason } from './text/heldRows';

interface ToolInput {
  path?: string;
  service?: string;
}

/**
 * `get_lock_holders` for agents, read-only. Nothing that ends a process or removes a file is exposed to agents.
 * undefined: this VS Code has no such API.
 */
export function registerLanguageModelTool(monitor: Monitor): Disposable | undefined {
  // Hosts that imitate VS Code may lack the namespace, whatever version they claim.
  const lm = vscode.lm as typeof vscode.lm | undefined;
  if (typeof lm?.registerTool !== 'function') {
    return undefined;
  }
  return lm.registerTool<ToolInput>(languageModelTool, {
    prepareInvocation: () => ({ invocationMessage: vscode.l10n.t('Looking who holds the lock') }),
    invoke: async ({ input }) =>
      new vscode.LanguageModelToolResult([
        new vscode.LanguageModelTextPart(JSON.stringify(await answer(monitor, input), null, 2)),
      ]),
  });
}

/** Plain data for a model; texts for a model are not translated. */
async function answer(monitor: Monitor, { path, service }: ToolInput): Promise<unknown> {
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
