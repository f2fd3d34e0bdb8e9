/** The Services view as plain data: rows with everything that is visible, so that two ticks can be compared. */
import * as l10n from '@vscode/l10n';
import type {
  Finding,
  Holder,
  InstanceRole,
  InstanceSnapshot,
  LockFileSnapshot,
  PidFileSnapshot,
  ProcessInfo,
  ServiceSnapshot,
  ServiceState,
  Severity,
} from '../../../api';
import { capabilities, type Capability } from '../../../contributions';
import { presetOfId } from '../../../model/service';
import { stateWord } from '../../../model/stateWord';
import { compareNames } from './compareNames';
import { fileNamesOf, type FileName } from './fileNames';
import { nameBefore } from './narrow';
import { portRow } from './portRows';
import { LazyRow, type Icon, type Row, type RowWithoutChildren, type Subject } from './row';
import { fileCan, hasUnownedLock, processCan } from './rowCapabilities';
import { processBefore, processKey, pidAndProgram, processFirst, ROOMY_NAME_LIMIT } from './processText';
import { asItIs, type ShortenIn } from '../words/shortPaths';
import { titleOf } from '../words/titles';
import { inert } from '../words/sanitize';
import { serviceText, soleProcess } from './serviceText';
import { ageAmong, placeOf, possessionsOf, startersOf, surroundingsOf } from './whichInstance';
import { lockKindWord, instanceWord, severityWord, verdictText } from '../words/stateText';
import { since } from '../words/time';

export type { Icon, Row, Subject } from './row';

const SEVERITY: Record<ServiceState, number> = {
  conflict: 0,
  stale: 1,
  unverified: 2,
  held: 3,
  free: 4,
  absent: 5,
};

/** Worst first, then by name. */
export function bySeverityThenName(a: ServiceSnapshot, b: ServiceSnapshot): number {
  return SEVERITY[a.state] - SEVERITY[b.state] || compareNames(a.name, b.name) || (a.id < b.id ? -1 : 1);
}

/** Does the service need a look? Anything but an undisturbed holder, a free or an absent file. */
export function hasProblem(service: ServiceSnapshot): boolean {
  return (
    SEVERITY[service.state] < SEVERITY.held || service.findings.some(({ severity }) => severity === 'warning')
  );
}

export interface RowContext {
  /** ms since the epoch. */
  now: number;
  /** Shortens a path for a row, e.g. relative to its workspace folder. */
  shorten: (path: string) => string;
  /** The same of every path in a sentence. */
  shortenIn?: ShortenIn;
  /** Are its conflicts not notified? */
  isMuted?: (service: ServiceSnapshot) => boolean;
  /** The name of the terminal in whose shell one of these was started. */
  terminalOf?: (pids: readonly (number | undefined)[]) => string | undefined;
}

interface FileContext extends RowContext {
  fileName: FileName;
}

export function serviceRow(service: ServiceSnapshot, context: RowContext): Row {
  const { description, spoken, lead } = serviceText(service, context.now);
  const name = inert(service.name);
  const muted = context.isMuted?.(service) === true;
  const can: Capability[] = [capabilities.service, capabilities.evidence];
  if (service.instances.some(({ role }) => role !== 'owner')) {
    can.push(capabilities.killDuplicates);
  }
  if (service.findings.some(({ severity }) => severity === 'stale') || hasUnownedLock(service)) {
    can.push(capabilities.cleanUp);
  }
  if (service.lockFiles.some(({ holders }) => holders.some(({ pid }) => pid !== undefined))) {
    can.push(capabilities.terminate);
  }
  if (soleProcess(service) !== undefined) {
    can.push(capabilities.copyPid);
  }
  if ([...service.lockFiles, ...service.pidFiles].some(({ exists }) => exists)) {
    can.push(capabilities.openFile, capabilities.copyPath);
  }
  if (service.ports?.some(({ url }) => url !== undefined) === true) {
    can.push(capabilities.openUrl);
  }
  can.push(
    presetOfId(service.id) === undefined ? capabilities.edit : capabilities.hide,
    muted ? capabilities.unmute : capabilities.mute,
  );
  const shown: RowWithoutChildren = {
    id: service.id,
    label: nameBefore(name, lead),
    description: muted ? `${description} · ${l10n.t('muted')}` : description,
    icon: stateIcon(service),
    spoken: muted ? `${name}, ${spoken}, ${l10n.t('muted')}` : `${name}, ${spoken}`,
    capabilities: can,
    detail: service.findings.map(({ message }) => message).join('\n'),
    subject: { kind: 'service', service },
    hasChildren: [
      service.findings,
      service.instances,
      service.lockFiles,
      service.pidFiles,
      service.ports ?? [],
    ].some((parts) => parts.length > 0),
  };
  return new LazyRow(shown, () => childRows(service, context));
}

function childRows(service: ServiceSnapshot, context: RowContext): readonly Row[] {
  const named = { ...context, fileName: fileNamesOf(service) };
  return [
    ...service.findings.map((finding, index) => findingRow(service, finding, index, context)),
    ...service.instances.map((instance) => instanceRow(service, instance, context)),
    ...service.lockFiles.map((file) => lockFileRow(service, file, named)),
    ...service.pidFiles.map((file) => pidFileRow(service, file, named)),
    ...(service.ports ?? []).map((port) => portRow(service, port)),
  ];
}

function stateIcon(service: ServiceSnapshot): Icon {
  const warned = service.findings.some(({ severity }) => severity === 'warning');
  const icons: Record<ServiceState, Icon> = {
    conflict: { name: 'error', color: 'problemsErrorIcon.foreground' },
    stale: { name: 'warning', color: 'problemsWarningIcon.foreground' },
    unverified: { name: 'question', color: 'problemsInfoIcon.foreground' },
    held: { name: 'lock', color: warned ? 'problemsWarningIcon.foreground' : 'charts.green' },
    free: { name: 'unlock', color: 'disabledForeground' },
    absent: { name: 'circle-slash', color: 'disabledForeground' },
  };
  return icons[service.state];
}

function severityIcon(severity: Severity): Icon {
  const icons: Record<Severity, Icon> = {
    conflict: { name: 'error', color: 'problemsErrorIcon.foreground' },
    stale: { name: 'warning', color: 'problemsWarningIcon.foreground' },
    unverified: { name: 'question', color: 'problemsInfoIcon.foreground' },
    warning: { name: 'warning', color: 'problemsWarningIcon.foreground' },
    information: { name: 'info', color: 'problemsInfoIcon.foreground' },
  };
  return icons[severity];
}

function findingRow(
  service: ServiceSnapshot,
  finding: Finding,
  index: number,
  { shortenIn = asItIs }: RowContext,
): Row {
  const label = titleOf(finding.kind) ?? inert(finding.kind);
  const message = inert(shortenIn(finding.message), 600);
  const sameKindBefore = service.findings.slice(0, index).filter(({ kind }) => kind === finding.kind).length;
  return {
    id: `${service.id}/finding/${finding.kind}/${sameKindBefore}`,
    label,
    description: message,
    icon: severityIcon(finding.severity),
    spoken: `${severityWord(finding.severity)}: ${label}. ${message}`,
    capabilities: [capabilities.evidence],
    detail: finding.evidence.join('\n'),
    children: [],
    hasChildren: false,
    subject: { kind: 'finding', service, finding },
  };
}

/** Each with a shape of its own: the word for it may be out of sight. */
const PART: Record<InstanceRole, Icon> = {
  owner: { name: 'server-process', color: 'charts.green' },
  duplicate: { name: 'copy', color: 'problemsErrorIcon.foreground' },
  possibleDuplicate: { name: 'question', color: 'problemsWarningIcon.foreground' },
};

function instanceRow(service: ServiceSnapshot, instance: InstanceSnapshot, context: RowContext): Row {
  const { root, processes, role } = instance;
  const others = processes.filter(({ pid }) => pid !== root.pid);
  const terminal = context.terminalOf?.(startersOf(instance));
  // Terminate Instance does all that Terminate Lock Holder would.
  const can = processCan(service, root.pid).filter((one) => one !== capabilities.terminate);
  can.push(capabilities.instance);
  if (service.instances.length > 1) {
    can.push(capabilities.keep);
  }
  if (role !== 'owner') {
    can.push(capabilities.killDuplicates);
  }
  if (terminal !== undefined) {
    can.push(capabilities.terminal);
  }
  const id = `${service.id}/instance/${processKey(root)}`;
  const count = processes.length > 1 ? l10n.t('{0} processes', processes.length) : '';
  return {
    ...processRow(service, root, id, context, [
      instanceWord(instance, service),
      ageAmong(
        root.startTime,
        service.instances.map((each) => each.root.startTime),
      ),
      placeOf(surroundingsOf(instance), terminal),
      ...possessionsOf(instance, service),
      count,
    ]),
    label: processBefore(root.pid, root.command, instanceWord(instance, service)),
    icon: PART[role],
    capabilities: can,
    children: others.map((process) =>
      processRow(service, process, `${id}/process/${processKey(process)}`, context, []),
    ),
    hasChildren: others.length > 0,
    subject: { kind: 'instance', service, instance },
  };
}

function processRow(
  service: ServiceSnapshot,
  process: ProcessInfo,
  id: string,
  context: RowContext,
  notes: readonly string[],
): Row {
  const { pid, command } = process;
  const age = process.startTime === undefined ? '' : since(process.startTime, context.now);
  const stopped = process.state === 'T' || process.state === 't' ? l10n.t('stopped') : '';
  const parts = [...notes, stopped, age].filter((part) => part !== '');
  return {
    id,
    label: processFirst(pid, command),
    description: parts.join(' · '),
    icon: { name: 'server-process' },
    spoken: [pidAndProgram(pid, command, ROOMY_NAME_LIMIT), ...parts].join(', '),
    capabilities: processCan(service, process.pid),
    detail: [process.command, process.cwd, process.ppid, process.user, process.supervisor].join('\0'),
    children: [],
    hasChildren: false,
    subject: { kind: 'process', service, process },
  };
}

function lockFileStatus({ exists, held, kind, access }: LockFileSnapshot): string[] {
  if (!exists) {
    return [held ? l10n.t('held, deleted') : stateWord('absent')];
  }
  const how = held ? lockKindWord(kind, access) : '';
  return [stateWord(held ? 'held' : 'free'), ...(how === '' ? [] : [how])];
}

function lockFileRow(service: ServiceSnapshot, file: LockFileSnapshot, context: FileContext): Row {
  const id = `${service.id}/lock/${file.path}`;
  const path = inert(context.shorten(file.path));
  const status = lockFileStatus(file);
  const { label, rest } = context.fileName(file.path, path, status[0] ?? '');
  const can: Capability[] = [capabilities.evidence];
  can.push(...fileCan(file, context.shorten));
  if (file.holders.some(({ pid }) => pid !== undefined)) {
    can.push(capabilities.terminate);
  }
  return {
    id,
    label,
    description: [...status, ...(rest === '' ? [] : [rest])].join(' · '),
    icon: { name: file.held ? 'lock' : 'unlock', ...(file.held ? {} : { color: 'disabledForeground' }) },
    spoken: l10n.t('lock file {0}, {1}', path, status.join(', ')),
    capabilities: can,
    detail: file.path,
    children: [
      ...file.holders.map((holder, index) =>
        holderRow(service, file, holder, `${id}/holder`, index, context),
      ),
      ...file.waiters.map((waiter) => waiterRow(service, waiter, `${id}/waiter`)),
    ],
    hasChildren: file.holders.length > 0 || file.waiters.length > 0,
    subject: { kind: 'lockFile', service, file },
  };
}

function holderRow(
  service: ServiceSnapshot,
  file: LockFileSnapshot,
  holder: Holder,
  prefix: string,
  index: number,
  context: RowContext,
): Row {
  const notes = [
    l10n.t('holds it'),
    holder.inherited ? l10n.t('inherited') : '',
    holder.deletedInode ? l10n.t('on the deleted file') : '',
  ];
  const subject: Subject = { kind: 'holder', service, file, holder };
  if (holder.process !== undefined) {
    const inode = holder.deletedInode ? '/deleted' : '';
    return {
      ...processRow(
        service,
        holder.process,
        `${prefix}/${processKey(holder.process)}${inode}`,
        context,
        notes,
      ),
      icon: { name: 'key' },
      capabilities: processCan(service, holder.process.pid),
      subject,
    };
  }
  const label = holder.pid === undefined ? l10n.t('pid unknown') : l10n.t('pid {0}', holder.pid);
  const why = inert(holder.unknownReason ?? '');
  return {
    id: `${prefix}/${holder.pid ?? 'unknown'}/${index}`,
    label,
    description: why,
    icon: { name: 'question', color: 'problemsInfoIcon.foreground' },
    spoken: [label, why].filter((part) => part !== '').join(', '),
    capabilities: holder.pid === undefined ? [capabilities.evidence] : processCan(service, holder.pid),
    detail: '',
    children: [],
    hasChildren: false,
    subject,
  };
}

function waiterRow(service: ServiceSnapshot, waiter: { pid: number; command?: string }, prefix: string): Row {
  const label = pidAndProgram(waiter.pid, waiter.command ?? '');
  return {
    id: `${prefix}/${waiter.pid}`,
    label,
    description: l10n.t('waits for it'),
    icon: { name: 'watch' },
    spoken: `${label}, ${l10n.t('waits for it')}`,
    capabilities: processCan(service, waiter.pid),
    detail: waiter.command ?? '',
    children: [],
    hasChildren: false,
    subject: { kind: 'waiter', service, pid: waiter.pid },
  };
}

function pidFileRow(service: ServiceSnapshot, file: PidFileSnapshot, context: FileContext): Row {
  const path = inert(context.shorten(file.path));
  const status = verdictText(file.verdict, file.recordedPid, file.locked);
  const { label, rest } = context.fileName(file.path, path, status);
  const can: Capability[] = [capabilities.evidence];
  can.push(...fileCan(file, context.shorten));
  if (file.verdict === 'dead' || file.verdict === 'reused') {
    can.push(capabilities.cleanUp);
  }
  if (file.recordedPid !== undefined) {
    can.push(capabilities.copyPid);
  }
  const bad = can.includes(capabilities.cleanUp);
  return {
    id: `${service.id}/pid/${file.path}`,
    label,
    description: rest === '' ? status : `${status} · ${rest}`,
    icon: { name: 'note', ...(bad ? { color: 'problemsWarningIcon.foreground' } : {}) },
    spoken: l10n.t('pid file {0}, {1}', path, status),
    capabilities: can,
    detail: file.path,
    children: [],
    hasChildren: false,
    subject: { kind: 'pidFile', service, file },
  };
}
