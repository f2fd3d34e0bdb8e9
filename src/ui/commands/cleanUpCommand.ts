import * as vscode from 'vscode';
import type {
  CleanUpItem,
  CleanUpPlan,
  CleanUpRefusal,
  CleanUpResult,
  UndoResult,
} from '../../actions/index';
import type { LockFileSnapshot, ServiceSnapshot } from '../../api';
import { chooseRecords, confirmRemoval } from './cleanUpDialogs';
import type { CommandDeps } from './command';
import { lockSubject } from '../../monitor/protocol';
import { shortenPath } from '../paths';
import { serviceOf } from './picks';
import { observeNow } from './observeNow';
import { withRecheckProgress } from './progress';
import { ServiceNode } from '../views/serviceNodes';
import { inertLabel } from '../text/words/sanitize';
import { isTrusted } from './trust';

/** Clean Up Stale PID Files: listed with their evidence, confirmed, removed one by one, undone on demand. */
export async function cleanUpStalePidFiles(deps: CommandDeps, argument: unknown): Promise<void> {
  if (!isTrusted()) {
    return;
  }
  const { services } = deps.monitor.snapshot;
  const service = serviceOf(argument, deps.monitor);
  const suspects = service === undefined ? services.filter(hasDoubtfulRecord) : [service];
  await cleanUp(deps, servicesNaming(suspects, services), pathOf(argument));
}

/** One file, whether a service watches it or not. */
export async function cleanUpFile(deps: CommandDeps, path: string): Promise<void> {
  if (isTrusted()) {
    const { services } = deps.monitor.snapshot;
    const watched = services.filter((one) => filesOf(one).includes(path)).map(({ id }) => id);
    await cleanUp(deps, watched.length > 0 ? watched : [lockSubject(path)], undefined);
  }
}

/** `path`: only that file of theirs. */
async function cleanUp(deps: CommandDeps, ids: readonly string[], path: string | undefined): Promise<void> {
  const plan = only(await withRecheckProgress(() => deps.monitor.actions.planCleanUp(ids)), path);
  if (plan.nothing !== undefined) {
    void vscode.window.showInformationMessage(inertLabel(withRefusals(plan.nothing, plan.refused), 600));
    return;
  }
  // One record takes one dialog: the question says all that the list would.
  const chosen =
    plan.items.length === 1 && plan.refused.length === 0 ? plan.items : await chooseRecords(plan);
  if (chosen.length === 0 || !(await confirmRemoval(deps, chosen, plan.refused)) || !isTrusted()) {
    return;
  }
  const result = await remove(deps, plan, chosen);
  record(deps, result.outcomes);
  await observeNow(deps);
  await tell(deps, plan, result);
}

/** Undo Last Clean-Up: whatever became of the notification that offered it. */
export async function undoCleanUp(deps: CommandDeps): Promise<void> {
  if (isTrusted()) {
    await undo(deps, undefined);
  }
}

/** Stale records, those that cannot be verified (listed with the reason why they stay), and locks that name no owner. */
function hasDoubtfulRecord({ findings, lockFiles }: ServiceSnapshot): boolean {
  const isUnowned = ({ kind, held, holders }: LockFileSnapshot): boolean =>
    kind === 'existence' && held && holders.every(({ pid }) => pid === undefined);
  return (
    findings.some(({ kind, severity }) => severity === 'stale' || kind === 'recordUnverifiable') ||
    lockFiles.some(isUnowned)
  );
}

/** The ids of every service that names a file of these: each of their locks protects it. */
function servicesNaming(
  suspects: readonly ServiceSnapshot[],
  services: readonly ServiceSnapshot[],
): string[] {
  const paths = new Set(suspects.flatMap(filesOf));
  return services.filter((service) => filesOf(service).some((path) => paths.has(path))).map(({ id }) => id);
}

const filesOf = ({ lockFiles, pidFiles }: ServiceSnapshot): string[] =>
  [...lockFiles, ...pidFiles].map(({ path }) => path);

/** The file whose row was clicked, where the plan says anything about it. */
function pathOf(argument: unknown): string | undefined {
  if (argument instanceof ServiceNode && argument.row.subject.kind === 'pidFile') {
    return argument.row.subject.file.path;
  }
  return undefined;
}

function only(plan: CleanUpPlan, path: string | undefined): CleanUpPlan {
  const items = plan.items.filter((item) => item.path === path);
  const refused = plan.refused.filter((one) => one.path === path);
  if (items.length > 0) {
    return { ...plan, items, refused: [] };
  }
  const [refusal] = refused;
  return refusal === undefined
    ? plan
    : {
        ...plan,
        items,
        refused,
        nothing: vscode.l10n.t(
          '{0} is not offered for removal. {1}',
          shortenPath(refusal.path),
          refusal.reason,
        ),
      };
}

/** The only one is named in the sentence. */
function withRefusals(sentence: string, refused: readonly CleanUpRefusal[]): string {
  const named = refused.length === 1 ? [] : refused.slice(0, 3);
  return [sentence, ...named.map(({ path, reason }) => `${shortenPath(path)}: ${reason}`)].join(' ');
}

function remove(
  { monitor }: CommandDeps,
  plan: CleanUpPlan,
  chosen: readonly CleanUpItem[],
): Thenable<CleanUpResult> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t('Removing stale pid files'),
    cancellable: chosen.length > 1,
  };
  return vscode.window.withProgress(options, (progress, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    const ids = chosen.map(({ id }) => id);
    return monitor.actions.cleanUp(plan.id, ids, (message) => progress.report({ message }), abort.signal);
  });
}

function record(
  { history }: CommandDeps,
  outcomes: readonly { serviceId: string; sentence: string; removed?: boolean }[],
): void {
  for (const { serviceId, sentence, removed } of outcomes) {
    const hint = vscode.l10n.t('“Undo Last Clean-Up” restores it for as long as that window is open.');
    history.action(serviceId, removed === true ? `${sentence} ${hint}` : sentence, Date.now());
  }
}

async function tell(deps: CommandDeps, plan: CleanUpPlan, result: CleanUpResult): Promise<void> {
  const offer = vscode.l10n.t('Undo');
  const all = result.outcomes.every(({ removed }) => removed);
  const show = all ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const choice = await show(inertLabel(result.sentence, 600), ...(result.undoable ? [offer] : []));
  if (choice === offer && isTrusted()) {
    await undo(deps, plan.id);
  }
}

async function undo(deps: CommandDeps, planId: string | undefined): Promise<void> {
  const undone: UndoResult = await deps.monitor.actions.undoCleanUp(planId);
  record(deps, undone.outcomes);
  const restored = undone.outcomes.every((outcome) => outcome.restored);
  const show = restored ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  await observeNow(deps);
  void show(inertLabel(undone.sentence, 600));
}
