/** Which service, which process: from the row that was clicked, from an argument, or asked. */
import * as vscode from 'vscode';
import type { InstanceSnapshot, ServiceSnapshot } from '../../api';
import type { HeldLock } from '../../os/platform';
import type { Monitor } from '../../monitor/monitor';
import { HeldLockNode } from '../views/heldLockNodes';
import { ServiceNode } from '../views/serviceNodes';
import { bySeverityThenName, serviceRow } from '../text/rows/rows';
import { inertLabel } from '../text/words/sanitize';
import { serviceText } from '../text/rows/serviceText';

/** The service that a command's argument means: a row of either view, or a service id. undefined: none given. */
export function serviceOf(argument: unknown, monitor: Monitor): ServiceSnapshot | undefined {
  const { services } = monitor.snapshot;
  if (typeof argument === 'string') {
    return services.find(({ id }) => id === argument);
  }
  if (argument instanceof ServiceNode) {
    const { id } = argument.row.subject.service;
    return services.find((service) => service.id === id);
  }
  if (argument instanceof HeldLockNode) {
    return argument.row.locks
      .map(({ path }) => serviceOfPath(path, monitor))
      .find((service) => service !== undefined);
  }
  return undefined;
}

/** Every lock that can be seen now; none where the observer gives no answer. */
export function heldLocksNow(monitor: Monitor): Promise<readonly HeldLock[]> {
  return monitor.heldLocks(undefined).catch(() => []);
}

export function serviceOfPath(path: string, monitor: Monitor): ServiceSnapshot | undefined {
  return monitor.snapshot.services.find(({ lockFiles, pidFiles }) =>
    [...lockFiles, ...pidFiles].some((file) => file.path === path),
  );
}

/** Asks for one of the services, worst first; the only one is not asked for. */
export async function pickService(
  services: readonly ServiceSnapshot[],
  placeHolder: string,
): Promise<ServiceSnapshot | undefined> {
  if (services.length === 1) {
    return services[0];
  }
  const now = Date.now();
  const picked = await vscode.window.showQuickPick(
    [...services].sort(bySeverityThenName).map((service) => ({
      service,
      label: inertLabel(service.name),
      description: inertLabel(serviceText(service, now).line),
    })),
    { placeHolder, matchOnDescription: true },
  );
  return picked?.service;
}

interface InstanceOfService {
  service: ServiceSnapshot;
  instance: InstanceSnapshot;
}

/** The instance that a row stands for. */
export function instanceOf(argument: unknown): InstanceOfService | undefined {
  if (!(argument instanceof ServiceNode) || argument.row.subject.kind !== 'instance') {
    return undefined;
  }
  const { service, instance } = argument.row.subject;
  return { service, instance };
}

/** Asks for one of the instances; says so where there is none. */
export async function pickInstance(
  services: readonly ServiceSnapshot[],
  placeHolder: string,
): Promise<InstanceOfService | undefined> {
  const context = { now: Date.now(), shorten: (path: string) => path };
  const items = services.flatMap((service) =>
    serviceRow(service, context).children.flatMap(({ label, description, subject }) =>
      subject.kind === 'instance'
        ? {
            label: inertLabel(label),
            description: inertLabel(service.name),
            detail: inertLabel(description),
            value: { service, instance: subject.instance },
          }
        : [],
    ),
  );
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      services.length === 0
        ? vscode.l10n.t('No watched service has several instances.')
        : vscode.l10n.t('No watched service has a running instance.'),
    );
    return undefined;
  }
  const chosen = await vscode.window.showQuickPick(items, {
    placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.value;
}
