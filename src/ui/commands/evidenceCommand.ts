import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ServiceSnapshot } from '../../api';
import { lockSubject } from '../../monitor/protocol';
import type { CommandDeps } from './command';
import { heldLocksNow, serviceOf, serviceOfPath } from './picks';
import { shortenPath } from '../paths';
import { bySeverityThenName } from '../text/rows/rows';
import { whoText } from '../text/rows/heldRows';
import { inertLabel } from '../text/words/sanitize';
import { HeldLockNode } from '../views/heldLockNodes';

/** Show Evidence: of a service, or of a file that is locked and not watched. */
export async function showEvidence(deps: CommandDeps, argument: unknown): Promise<void> {
  const { monitor, documents } = deps;
  if (argument instanceof HeldLockNode) {
    const { path: own, locks } = argument.row;
    const path = own ?? (await pickPath([...new Set(locks.map(({ path }) => path))]));
    if (path !== undefined) {
      await documents.show(topicOf(path, serviceOfPath(path, monitor)));
    }
    return;
  }
  const service = serviceOf(argument, monitor);
  const topic =
    service === undefined
      ? await pickTopic(deps)
      : ({ page: 'evidence', subject: service.id, name: service.name } as const);
  if (topic !== undefined) {
    await documents.show(topic);
  }
}

interface EvidenceTopic {
  page: 'evidence';
  subject: string;
  name: string;
}

function topicOf(path: string, service: ServiceSnapshot | undefined): EvidenceTopic {
  return service === undefined
    ? { page: 'evidence', subject: lockSubject(path), name: basename(path) }
    : { page: 'evidence', subject: service.id, name: service.name };
}

async function pickPath(paths: readonly string[]): Promise<string | undefined> {
  if (paths.length === 1) {
    return paths[0];
  }
  const picked = await vscode.window.showQuickPick(
    paths.map((path) => ({ path, label: inertLabel(shortenPath(path)) })),
    { placeHolder: vscode.l10n.t('Evidence for which file?') },
  );
  return picked?.path;
}

/** Services first, the worst on top; then what is locked and not watched. */
async function pickTopic({ monitor }: CommandDeps): Promise<EvidenceTopic | undefined> {
  const services = [...monitor.snapshot.services].sort(bySeverityThenName).map((service) => ({
    label: inertLabel(service.name),
    topic: { page: 'evidence', subject: service.id, name: service.name } as const,
  }));
  const held = await heldLocksNow(monitor);
  const files = new Map(held.map((lock) => [lock.path, lock]));
  const locks = [...files.values()]
    .filter(({ path }) => serviceOfPath(path, monitor) === undefined)
    .map(({ path, holders }) => ({
      label: inertLabel(shortenPath(path)),
      description: inertLabel(whoText(holders)),
      topic: topicOf(path, undefined),
    }));
  const items = [...services, ...locks];
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Nothing is watched, and no held lock can be seen from here.'),
    );
    return undefined;
  }
  if (items.length === 1) {
    return items[0]?.topic;
  }
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('Evidence for which service or file?'),
    matchOnDescription: true,
  });
  return picked?.topic;
}
