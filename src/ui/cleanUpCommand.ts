import * as vscode from 'vscode';
import type { CleanUpItem, CleanUpPlan, CleanUpRefusal, CleanUpResult } from '../actions/index';
import type { ServiceSnapshot } from '../api';
import type { CommandDeps } from './commands';
import { shortenPath } from './paths';
import { serviceOf } from './picks';
import { lookingAgain } from './progress';
import { ServiceNode } from './servicesView';
import { inert, inertLabel } from './text/sanitize';
import { verdictText } from './text/stateText';
import { isTrusted } from './trust';

/** Clean Up Stale PID Files: listed with their evidence, confirmed, removed one by one, undone on demand. */
export async function cleanUpStalePidFiles(deps: CommandDeps, argument: unknown): Promise<void> {
  if (!isTrusted()) {
    return;
  }
  const { actions } = deps.monitor;
  const { services } = deps.monitor.snapshot;
  const service = serviceOf(argument, deps.monitor);
  const suspects = service === undefined ? services.filter(hasDoubtfulRecord) : [service];
  const plan = await lookingAgain(() => actions.planCleanUp(servicesNaming(suspects, services)));
  if (plan.nothing !== undefined) {
    void vscode.window.showInformationMessage(inertLabel(withRefusals(plan.nothing, plan.refused), 600));
    return;
  }
  const chosen = await choose(plan, argument);
  if (chosen.length === 0 || !(await confirm(chosen))) {
    return;
  }
  const result = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Removing stale pid files') },
    () =>
      actions.cleanUp(
        plan.id,
        chosen.map(({ id }) => id),
      ),
  );
  record(deps, chosen, result.outcomes);
  deps.monitor.refresh().catch((error: unknown) => deps.log.error(String(error)));
  await tell(deps, plan, chosen, result);
}

/** Stale records, and those that cannot be verified: these are listed with the reason why they stay. */
function hasDoubtfulRecord({ findings }: ServiceSnapshot): boolean {
  return findings.some(({ kind, severity }) => severity === 'stale' || kind === 'recordUnverifiable');
}

/** The ids of every service that names a file of these: each of their locks protects it. */
function servicesNaming(
  suspects: readonly ServiceSnapshot[],
  services: readonly ServiceSnapshot[],
): string[] {
  const filesOf = ({ lockFiles, pidFiles }: ServiceSnapshot): string[] =>
    [...lockFiles, ...pidFiles].map(({ path }) => path);
  const paths = new Set(suspects.flatMap(filesOf));
  return services.filter((service) => filesOf(service).some((path) => paths.has(path))).map(({ id }) => id);
}

function withRefusals(sentence: string, refused: readonly CleanUpRefusal[]): string {
  return [sentence, ...refused.slice(0, 3).map(({ path, reason }) => `${shortenPath(path)}: ${reason}`)].join(
    ' ',
  );
}

interface CleanUpPick extends vscode.QuickPickItem {
  item?: CleanUpItem;
}

async function choose({ items, refused }: CleanUpPlan, argument: unknown): Promise<CleanUpItem[]> {
  const only = pathOf(argument);
  const picks: CleanUpPick[] = items.map((item) => ({
    item,
    label: inertLabel(shortenPath(item.path)),
    description: inertLabel(item.serviceName),
    detail: inertLabel(shortWhy(item)),
    picked: item.preselected && (only === undefined || only === item.path),
  }));
  const kept: CleanUpPick[] = refused.map(({ path, serviceName, reason }) => ({
    label: `$(shield) ${inertLabel(shortenPath(path))}`,
    description: inertLabel(vscode.l10n.t('{0}, stays', serviceName)),
    detail: inertLabel(reason, 400),
  }));
  const picked = await vscode.window.showQuickPick(
    [
      ...picks,
      ...(kept.length === 0
        ? []
        : [{ label: vscode.l10n.t('not offered'), kind: vscode.QuickPickItemKind.Separator }, ...kept]),
    ],
    {
      title: vscode.l10n.t('Clean up stale pid files'),
      placeHolder: vscode.l10n.t('Select what should be removed'),
      canPickMany: true,
      ignoreFocusOut: true,
      matchOnDetail: true,
    },
  );
  return (picked ?? []).flatMap(({ item }) => item ?? []);
}

function shortWhy({ verdict, recordedPid, proof }: CleanUpItem): string {
  const why =
    verdict === 'heartbeat'
      ? vscode.l10n.t('its owner has stopped renewing it')
      : verdictText(verdict, recordedPid);
  return proof === 'proven' ? why : vscode.l10n.t('probably: {0}; only the clock says so', why);
}

/** The pid file whose row was clicked: the others are listed, but not selected. */
function pathOf(argument: unknown): string | undefined {
  if (argument instanceof ServiceNode && argument.row.subject.kind === 'pidFile') {
    return argument.row.subject.file.path;
  }
  return undefined;
}

async function confirm(chosen: readonly CleanUpItem[]): Promise<boolean> {
  const remove = vscode.l10n.t('Remove');
  const choice = await vscode.window.showWarningMessage(
    chosen.length === 1
      ? vscode.l10n.t('Remove this stale record?')
      : vscode.l10n.t('Remove these {0} stale records?', chosen.length),
    {
      modal: true,
      detail: [
        ...chosen.map(({ path, why }) => `• ${inert(why.includes(path) ? why : `${path}: ${why}`, 600)}`),
        chosen.length === 1
          ? vscode.l10n.t(
              'It is looked at again first, and kept if anything about it has changed. “Undo” puts it back afterwards.',
            )
          : vscode.l10n.t(
              'Each is looked at again first, and kept if anything about it has changed. “Undo” puts them back afterwards.',
            ),
      ].join('\n\n'),
    },
    remove,
  );
  return choice === remove && isTrusted();
}

function record(
  deps: CommandDeps,
  chosen: readonly CleanUpItem[],
  outcomes: readonly { path: string; sentence: string }[],
): void {
  for (const { path, sentence } of outcomes) {
    const item = chosen.find((each) => each.path === path);
    if (item !== undefined) {
      deps.history.action(item.serviceId, sentence, Date.now());
    }
  }
}

async function tell(
  deps: CommandDeps,
  plan: CleanUpPlan,
  chosen: readonly CleanUpItem[],
  result: CleanUpResult,
): Promise<void> {
  const undo = vscode.l10n.t('Undo');
  const all = result.outcomes.every(({ removed }) => removed);
  const show = all ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const choice = await show(inertLabel(result.sentence, 600), ...(result.undoable ? [undo] : []));
  if (choice !== undo || !isTrusted()) {
    return;
  }
  const undone = await deps.monitor.actions.undoCleanUp(plan.id);
  record(deps, chosen, undone.outcomes);
  const restored = undone.outcomes.every((outcome) => outcome.restored);
  const showUndone = restored ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  void showUndone(inertLabel(undone.sentence, 600));
  deps.monitor.refresh().catch((error: unknown) => deps.log.error(String(error)));
}
