import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { InstanceMonitorApi, ServiceSnapshot, Snapshot } from '../../src/api';

const ID = 'instance-monitor.instance-monitor';

/** The extension's API, the extension active. */
export async function activate(): Promise<InstanceMonitorApi> {
  const extension = vscode.extensions.getExtension<InstanceMonitorApi>(ID);
  assert.ok(extension, `${ID} is not installed`);
  return extension.activate();
}

export function workspaceFolder(): string {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'the tests run with a folder open');
  return folder.uri.fsPath;
}

export const serviceNamed = (snapshot: Snapshot, name: string): ServiceSnapshot | undefined =>
  snapshot.services.find((service) => service.name === name);

/** Writes `instanceMonitor.services` into the workspace's settings, as a person would. */
export async function useServices(services: readonly unknown[]): Promise<void> {
  await vscode.workspace
    .getConfiguration('instanceMonitor')
    .update('services', services.length === 0 ? undefined : services, vscode.ConfigurationTarget.Workspace);
}

/** The first snapshot for which `right` holds, from now on; waits for the monitor's own events. */
export async function snapshotWhere(
  right: (snapshot: Snapshot) => boolean,
  explain: () => string = () => 'the snapshot never became right',
  timeoutMs = 20_000,
): Promise<Snapshot> {
  const api = await activate();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      subscription.dispose();
      reject(new Error(explain()));
    }, timeoutMs);
    const look = (snapshot: Snapshot): void => {
      if (right(snapshot)) {
        clearTimeout(timer);
        subscription.dispose();
        resolve(snapshot);
      }
    };
    const subscription = api.onDidChangeSnapshot(look);
    look(api.getSnapshot());
  });
}
