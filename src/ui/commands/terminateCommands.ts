import * as vscode from 'vscode';
import type {
  TerminationCandidate,
  TerminationPlan,
  TerminationResult,
  TerminationTarget,
} from '../../actions/index';
import type { ServiceSnapshot } from '../../api';
import { commands } from '../../contributions';
import { commandLine } from '../../model/processes/process';
import type { Monitor } from '../../monitor/monitor';
import { lockSubject } from '../../monitor/protocol';
import type { HeldLock } from '../../os/platform';
import { cleanUpStalePidFiles } from './cleanUpCommand';
import type { CommandDeps } from './command';
import { confirmTermination } from './confirmTermination';
import { nextStepOf, type NextStep } from './nextStep';
import { HeldLockNode } from '../views/heldLockNodes';
import { heldLocksNow, instanceOf, pickInstance, pickService, serviceOf, serviceOfPath } from './picks';
import { observeNow } from './observeNow';
import { runTermination } from './runTermination';
import { canDo } from './selection';
import { withRecheckProgress } from './progress';
import { ServiceNode } from '../views/serviceNodes';
import { pidAndProgram, ROOMY_NAME_LIMIT } from '../text/rows/processText';
import { inertLabel } from '../text/words/sanitize';
import {
  candidateDescription,
  candidateDetail,
  candidateLabel,
  choicePlaceholder,
  choiceTitle,
} from '../text/dialogs/terminationText';
import { shortenPath } from '../paths';
import { isTrusted } from './trust';

/** Kill Duplicate Instance: the owner stays, the others are preselected. */
export async function killDuplicateInstance(deps: CommandDeps, argument: unknown): Promise<void> {
  if (!isTrusted()) {
    return;
  }
  const service = serviceOf(argument, deps.monitor) ?? (await pickDuplicated(deps.monitor.snapshot.services));
  if (service !== undefined) {
    await plan(deps, service.id, { kind: 'duplicates' });
  }
}

/** Terminate Lock Holder: the instance of one identified holder. */
export async function terminateLockHolder(deps: CommandDeps, argument: unknown): Promise<void> {
  if (!isTrusted()) {
    return;
  }
  const target = await holderOf(deps, argument);
  if (target !== undefined) {
    await terminateHolder(deps, target);
  }
}

/** The instance of this holder, which is found and confirmed again before anything is offered. */
export async function terminateHolder(
  deps: CommandDeps,
  { subject, pid, startTime }: HolderTarget,
): Promise<void> {
  if (isTrusted()) {
    await plan(deps, subject, { kind: 'holder', pid, ...(startTime === undefined ? {} : { startTime }) });
  }
}

/** Terminate: the instance of the row, whatever its part, in one dialog. */
export const terminateInstance = (deps: CommandDeps, argument: unknown): Promise<void> =>
  planForInstance(deps, argument, 'instance');

/** Keep This and Terminate the Others: the user says which is the right one. */
export const keepInstance = (deps: CommandDeps, argument: unknown): Promise<void> =>
  planForInstance(deps, argument, 'keep');

async function planForInstance(
  deps: CommandDeps,
  argument: unknown,
  kind: 'instance' | 'keep',
): Promise<void> {
  if (!isTrusted()) {
    return;
  }
  const services = deps.monitor.snapshot.services;
  const picked =
    instanceOf(argument) ??
    (await pickInstance(
      kind === 'keep' ? services.filter(({ instances }) => instances.length > 1) : services,
      kind === 'keep' ? vscode.l10n.t('Keep which instance?') : vscode.l10n.t('Terminate which instance?'),
    ));
  if (picked !== undefined) {
    const { pid, startTime } = picked.instance.root;
    await plan(deps, picked.service.id, { kind, pid, ...(startTime === undefined ? {} : { startTime }) });
  }
}

async function pickDuplicated(services: readonly ServiceSnapshot[]): Promise<ServiceSnapshot | undefined> {
  const several = services.filter(({ instances }) => instances.some(({ role }) => role !== 'owner'));
  if (several.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('No watched service has a duplicate instance.'));
    return undefined;
  }
  return pickService(several, vscode.l10n.t('Terminate a duplicate of which service?'));
}

interface HolderTarget {
  /** A service id, or `lockSubject(path)`. */
  subject: string;
  pid: number;
  startTime?: number;
}

async function holderOf(deps: CommandDeps, argument: unknown): Promise<HolderTarget | undefined> {
  if (argument instanceof HeldLockNode) {
    const { locks, process } = argument.row;
    const items = locks.flatMap((lock) => holdersOfLock(lock, subjectOf(lock, deps.monitor)));
    const own = process && items.find(({ target: { pid } }) => pid === process.pid);
    return own === undefined ? pickHolder(distinct(items)) : own.target;
  }
  if (argument instanceof ServiceNode) {
    const { subject } = argument.row;
    if (subject.kind === 'process' && canDo(argument, 'terminate')) {
      const { pid, startTime } = subject.process;
      return target(subject.service.id, pid, startTime);
    }
    if (subject.kind === 'holder' && subject.holder.pid !== undefined) {
      const { pid, process } = subject.holder;
      return target(subject.service.id, pid, process?.startTime);
    }
  }
  const service = serviceOf(argument, deps.monitor);
  const services = service === undefined ? deps.monitor.snapshot.services : [service];
  const watched = services.flatMap(holdersOfService);
  if (service !== undefined) {
    return pickHolder(watched);
  }
  const locks = await heldLocksNow(deps.monitor);
  const others = locks
    .filter(({ path }) => serviceOfPath(path, deps.monitor) === undefined)
    .flatMap((lock) => holdersOfLock(lock, subjectOf(lock, deps.monitor)));
  return pickHolder([...watched, ...distinct(others)], locks.length === 0);
}

/** The service that watches the file; else the lock itself. */
function subjectOf({ path }: HeldLock, monitor: Monitor): string {
  return serviceOfPath(path, monitor)?.id ?? lockSubject(path);
}

/** A process that holds several locks is asked about once. */
function distinct(items: readonly HolderItem[]): HolderItem[] {
  return [...new Map(items.map((item) => [item.target.pid, item])).values()];
}

function target(subject: string, pid: number, startTime: number | undefined): HolderTarget {
  return { subject, pid, ...(startTime === undefined ? {} : { startTime }) };
}

interface HolderItem extends vscode.QuickPickItem {
  target: HolderTarget;
}

function holdersOfService(service: ServiceSnapshot): HolderItem[] {
  return service.lockFiles.flatMap(({ path, holders }) =>
    holders.flatMap(({ pid, process }) =>
      pid === undefined
        ? []
        : {
            label: pidAndProgram(pid, process?.command ?? '', ROOMY_NAME_LIMIT),
            description: inertLabel(service.name),
            // The file first: a long command line would push it out of sight.
            detail: inertLabel(
              [shortenPath(path), process?.command ?? ''].filter((part) => part !== '').join(' · '),
            ),
            target: target(service.id, pid, process?.startTime),
          },
    ),
  );
}

function holdersOfLock(lock: HeldLock, subject: string): HolderItem[] {
  return lock.holders.map(({ process }) => ({
    label: pidAndProgram(process.pid, commandLine(process), ROOMY_NAME_LIMIT),
    detail: inertLabel(shortenPath(lock.path)),
    target: target(subject, process.pid, process.startTime),
  }));
}

/** `nothingHeld`: not a single lock can be seen. */
async function pickHolder(
  items: readonly HolderItem[],
  nothingHeld = false,
): Promise<HolderTarget | undefined> {
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      nothingHeld
        ? vscode.l10n.t('No held lock can be seen from here.')
        : vscode.l10n.t(
            'No lock holder could be identified. “Show Evidence” gives the command that would find it.',
          ),
    );
    return undefined;
  }
  if (items.length === 1) {
    return items[0]?.target;
  }
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('Terminate which lock holder?'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.target;
}

async function plan(deps: CommandDeps, subject: string, target: TerminationTarget): Promise<void> {
  const planned = await withRecheckProgress(() => deps.monitor.actions.planTermination(subject, target));
  let handedOver = false;
  try {
    if (planned.nothing !== undefined || planned.candidates.every(({ refusal }) => refusal !== undefined)) {
      await explain(planned);
      return;
    }
    // Who was pointed at is asked about at once: the question says all that the list would.
    const chosen =
      target.kind === 'instance' || target.kind === 'restarter'
        ? [...planned.candidates]
        : await choose(deps, planned);
    if (chosen.length === 0 || !(await confirmTermination(deps, planned, chosen))) {
      return;
    }
    handedOver = true;
    const result = await runTermination(deps, planned, chosen);
    await tell(deps, planned, result);
  } finally {
    if (!handedOver) {
      deps.monitor.actions.discardTermination(planned.id);
    }
  }
}

/** Nothing can be offered: why, and the command that would find out more. */
async function explain({ nothing, candidates, commands: hints }: TerminationPlan): Promise<void> {
  const sentence = nothing ?? candidates.map(({ refusal }) => refusal ?? '').join(' ');
  const copy = vscode.l10n.t('Copy Command');
  const [hint] = hints;
  const choice = await vscode.window.showWarningMessage(
    inertLabel(hint === undefined ? sentence : vscode.l10n.t('{0} To find out: {1}', sentence, hint), 600),
    ...(hint === undefined ? [] : [copy]),
  );
  if (choice === copy && hint !== undefined) {
    await vscode.env.clipboard.writeText(hint);
  }
}

interface CandidateItem extends vscode.QuickPickItem {
  candidate: TerminationCandidate;
}

async function choose(
  { terminals }: CommandDeps,
  { serviceName, candidates, target }: TerminationPlan,
): Promise<TerminationCandidate[]> {
  const shown = { now: Date.now(), all: candidates, terminalOf: terminals.nameOf };
  const items: CandidateItem[] = candidates.map((candidate) => ({
    candidate,
    label: `${candidate.refusal === undefined ? '' : '$(shield) '}${inertLabel(candidateLabel(candidate))}`,
    description: inertLabel(candidateDescription(candidate, shown)),
    detail: inertLabel(candidateDetail(candidate), 600),
  }));
  const pick = vscode.window.createQuickPick<CandidateItem>();
  pick.title = choiceTitle(target, inertLabel(serviceName));
  pick.placeholder = choicePlaceholder(candidates);
  pick.canSelectMany = true;
  pick.matchOnDetail = true;
  pick.ignoreFocusOut = true;
  pick.items = items;
  pick.selectedItems = items.filter(({ candidate }) => candidate.preselected);
  try {
    return await new Promise((resolve) => {
      pick.onDidChangeSelection((selected) => {
        const allowed = selected.filter(({ candidate }) => candidate.refusal === undefined);
        if (allowed.length !== selected.length) {
          pick.selectedItems = allowed; // what is refused cannot be chosen; its row says why
        }
      });
      pick.onDidAccept(() =>
        resolve(
          pick.selectedItems.map(({ candidate }) => candidate).filter(({ refusal }) => refusal === undefined),
        ),
      );
      pick.onDidHide(() => resolve([]));
      pick.show();
    });
  } finally {
    pick.dispose();
  }
}

async function tell(
  deps: CommandDeps,
  { serviceId, serviceName }: TerminationPlan,
  result: TerminationResult,
): Promise<void> {
  deps.history.action(serviceId, result.sentence, Date.now());
  const now = await observeNow(deps);
  const next = nextStepOf(
    result,
    now?.services.find(({ id }) => id === serviceId),
  );
  const showLog = vscode.l10n.t('Show Log');
  const show = result.success ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const buttons = [...(next === undefined ? [] : [next.label]), showLog];
  const choice = await show(inertLabel(result.sentence, 600), ...buttons);
  if (choice === showLog) {
    await vscode.commands.executeCommand(commands.showLog);
  } else if (choice !== undefined && next !== undefined && isTrusted()) {
    await take(deps, { serviceId, serviceName }, next);
  }
}

async function take(
  deps: CommandDeps,
  { serviceId, serviceName }: Pick<TerminationPlan, 'serviceId' | 'serviceName'>,
  next: NextStep,
): Promise<void> {
  switch (next.kind) {
    case 'stopCommand': {
      // Typed, not run: Enter is the user's.
      const terminal = vscode.window.createTerminal({ name: inertLabel(serviceName) });
      terminal.show();
      terminal.sendText(next.command, false);
      return;
    }
    case 'lockHolder':
      return terminateHolder(deps, { subject: serviceId, pid: next.pid });
    case 'restarter':
      return plan(deps, serviceId, next.target);
    case 'record':
      return cleanUpStalePidFiles(deps, serviceId);
  }
}
