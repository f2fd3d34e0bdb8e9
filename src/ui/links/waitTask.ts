/** The task `instanceMonitor: wait`, for `preLaunchTask`: ends when a path is not locked or a port is free. */
import * as vscode from 'vscode';
import { taskType } from '../../contributions';
import type { Monitor } from '../../monitor/monitor';
import type { Disposable } from '../disposables';

/** With `task`: `wait`. */
interface WaitDefinition extends vscode.TaskDefinition {
  /** A path, or a port such as `:3000`. */
  for: string;
  /** Seconds; absent: without end. */
  timeout?: number;
}

const isWait = (definition: vscode.TaskDefinition): definition is WaitDefinition =>
  definition['task'] === 'wait' && typeof definition['for'] === 'string';

export function registerWaitTask(monitor: () => Promise<Monitor>): Disposable {
  return vscode.tasks.registerTaskProvider(taskType, {
    provideTasks: () => [],
    resolveTask: (task) => {
      const { definition, scope } = task;
      if (!isWait(definition)) {
        return undefined;
      }
      const folder = typeof scope === 'object' ? scope.uri.fsPath : undefined;
      const execution = new vscode.CustomExecution(async (resolved) => {
        const { WaitTerminal } = await import('../onDemand');
        const { for: what, timeout } = isWait(resolved) ? resolved : definition;
        return new WaitTerminal({ monitor: await monitor(), what, timeoutS: timeout ?? Infinity, folder });
      });
      return new vscode.Task(definition, scope ?? vscode.TaskScope.Workspace, 'wait', taskType, execution);
    },
  });
}
