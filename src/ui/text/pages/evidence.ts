/** The evidence document: facts, rule and commands, as Markdown in which everything foreign is inert. */
import * as l10n from '@vscode/l10n';
import type {
  Finding,
  Holder,
  InstanceSnapshot,
  LockFileSnapshot,
  PidFileSnapshot,
  ServiceSnapshot,
} from '../../../api';
import { commandsFor } from '../../../model/commands/index';
import { contextOf } from '../../../model/context';
import type { ServiceFacts } from '../../../model/facts';
import type { HistoryEvent } from '../../../model/history';
import { lockLine } from '../../../model/lockText';
import { instanceProofText, recordProofText } from '../../../model/proofText';
import { portLines } from '../../../model/ports/portText';
import type { Service } from '../../../model/service';
import { sqliteRole } from '../../../model/sqlite';
import { stateWord } from '../../../model/stateWord';
import { ruleOf } from '../words/rules';
import { codeBlock, codeSpan, markdownText } from '../words/sanitize';
import { portText } from '../rows/portRows';
import { serviceText } from '../rows/serviceText';
import { instanceWord, lockKindWord, proofWord, severityWord, verdictText } from '../words/stateText';
import { localTime } from '../../../model/text';
import { asItIs, type ShortenIn } from '../words/shortPaths';
import { titleOf } from '../words/titles';
import { list, paragraphs } from './markdown';
import { processFacts } from './processFacts';
import { evidenceText } from './tooltip';
import { whatToDo } from './whatToDo';
import { whoTable } from './who';

export interface EvidenceInput {
  service: ServiceSnapshot;
  history: readonly HistoryEvent[];
  /** What the diagnosis was made from. */
  facts: ServiceFacts;
  /** What the tool's vendor says about its files. */
  advice: readonly string[];
  /** Shortens the paths in a sentence: whole they stand in the lists of files, and in the commands. */
  shortenIn?: ShortenIn;
}

/** Events shown, the newest first. */
const HISTORY_SHOWN = 50;
/** Commands of one kind: a glob may stand for hundreds of files. */
const COMMANDS_SHOWN = 8;

export function evidenceDocument({
  service,
  history,
  facts,
  advice,
  shortenIn = asItIs,
}: EvidenceInput): string {
  const { takenAt } = facts;
  const { line } = serviceText(service, takenAt);
  return `${paragraphs([
    `# ${markdownText(service.name)}`,
    `**${markdownText(line)}**`,
    l10n.t('As of {0}. This read-only document updates itself.', localTime(takenAt)),
    section(l10n.t('What to do'), whatToDo(service, facts)),
    whoTable(service, instanceProofs(facts)),
    ...service.findings.map((finding) => findingSection(finding, shortenIn)),
    section(
      l10n.t('Lock files'),
      service.lockFiles.map((file) => lockFileFacts(file, recordLeftIn(file, facts))),
    ),
    section('SQLite', sqliteFacts(facts)),
    section(l10n.t('Pid files'), provenPidFiles(service, facts)),
    section(l10n.t('TCP ports'), portFacts(facts)),
    section(
      l10n.t('Instances'),
      service.instances.map((instance) => instanceFacts(instance, service)),
    ),
    checkYourself(facts),
    vendorGuidance(advice),
    watchedBecause(facts.service.origin),
    historySection(history, shortenIn),
  ])}\n`;
}

/** Which bytes are locked says what each process does with a database. */
const sqliteFacts = ({ lockFiles }: ServiceFacts): string[] =>
  lockFiles.flatMap(({ file: { path }, locks }) =>
    locks
      .filter((lock) => sqliteRole(path, lock) !== undefined)
      .map((lock) => markdownText(lockLine(lock, path), 600)),
  );

/** What is known of each port, and the address to open where one is known. */
const portFacts = (facts: ServiceFacts): string[] =>
  contextOf(facts).ports.map((judged) =>
    nested(l10n.t('port {0}', judged.port), [
      ...portLines(judged).map((line) => markdownText(line, 600)),
      // Nothing but http and https, without a character that Markdown knows (`openableUrl`).
      ...(judged.url === undefined ? [] : [l10n.t('[Open URL]({0}): {1}', judged.url, codeSpan(judged.url))]),
    ]),
  );

/** What the user pastes into an issue or a chat. `seenAt`: of a state that is not followed now; ms since the epoch. */
export function report(services: readonly ServiceSnapshot[], copiedAt: number, seenAt?: number): string {
  return `${paragraphs([
    `# ${l10n.t('Instances & Locks')}, ${localTime(copiedAt)}`,
    seenAt === undefined
      ? ''
      : l10n.t('The state is that of {0}: it is not followed now.', localTime(seenAt)),
    ...services.map((service) =>
      paragraphs([
        `## ${markdownText(service.name)}: ${markdownText(serviceText(service, seenAt ?? copiedAt).line)}`,
        ...service.findings.map((finding) =>
          paragraphs([
            `- **${severityWord(finding.severity)}** ${markdownText(finding.message, 600)}`,
            evidenceText(finding),
          ]),
        ),
        list([
          ...service.lockFiles.map((file) => lockFileFacts(file)),
          ...service.pidFiles.map(pidFileFacts),
          ...(service.ports ?? []).map(
            (port) => `${l10n.t('port {0}', port.port)}: ${markdownText(portText(port))}`,
          ),
          ...service.instances.map((instance) => instanceFacts(instance, service)),
        ]),
      ]),
    ),
  ])}\n`;
}

function findingSection(finding: Finding, shortenIn: ShortenIn): string {
  const ruleText = ruleOf(finding.kind);
  return paragraphs([
    `## ${titleOf(finding.kind) ?? codeSpan(finding.kind)}`,
    `**${severityWord(finding.severity)}** · ${markdownText(shortenIn(finding.message), 1000)}`,
    ruleText === undefined ? '' : rule(ruleText),
    evidenceText(finding, shortenIn),
  ]);
}

function rule(text: string): string {
  return `> **${l10n.t('Rule')}** ${text}`;
}

function section(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `## ${title}\n\n${list(items)}`;
}

/** A kernel lock's file keeps its record when the lock is gone. Where the file itself is the lock, that record is stale. */
function recordLeftIn({ path, held }: LockFileSnapshot, facts: ServiceFacts): string[] {
  const record = contextOf(facts).records.find((one) => one.path === path && one.source === 'lockFile');
  const pid = record?.content?.record.pid;
  return held || record === undefined || record.existence || record.verdict !== 'dead' || pid === undefined
    ? []
    : [
        l10n.t(
          'It still names pid {0}, which is gone. Where a program starts only if this file is not there, watch it as “pidFile”: then it is stale, and can be cleaned up.',
          pid,
        ),
      ];
}

function lockFileFacts(file: LockFileSnapshot, more: readonly string[] = []): string {
  const status = file.held
    ? l10n.t('held ({0})', lockKindWord(file.kind, file.access))
    : stateWord(file.exists ? 'free' : 'absent');
  return nested(`${codeSpan(file.path)}: ${status}`, [
    ...file.holders.map(holderFacts),
    ...file.waiters.map(({ pid, command }) =>
      command === undefined
        ? l10n.t('pid {0} is waiting for it', pid)
        : l10n.t('pid {0} is waiting for it: {1}', pid, codeSpan(command)),
    ),
    ...more,
  ]);
}

function holderFacts(holder: Holder): string {
  const notes = [
    holder.inherited ? l10n.t('inherited') : '',
    holder.deletedInode ? l10n.t('on the deleted file') : '',
    holder.unknownReason === undefined ? '' : markdownText(holder.unknownReason),
  ].filter((note) => note !== '');
  const who =
    holder.process !== undefined
      ? processFacts(holder.process)
      : holder.pid === undefined
        ? l10n.t('pid unknown')
        : l10n.t('pid {0}', holder.pid);
  return `${l10n.t('held by')} ${notes.length === 0 ? '' : `(${notes.join(', ')}) `}${who}`;
}

function pidFileFacts(file: PidFileSnapshot): string {
  return `${codeSpan(file.path)}: ${verdictText(file.verdict, file.recordedPid, file.locked)}`;
}

function instanceFacts(instance: InstanceSnapshot, service: ServiceSnapshot): string {
  const { root, processes, proof } = instance;
  const grade = proof === undefined ? '' : ` (${proofWord(proof)})`;
  return nested(
    `${instanceWord(instance, service)}${grade}: ${processFacts(root)}`,
    processes.filter(({ pid }) => pid !== root.pid).map((one) => processFacts(one)),
  );
}

/** Why each is an instance, by the pid of its root. */
const instanceProofs = (facts: ServiceFacts): ReadonlyMap<number, string> =>
  new Map(contextOf(facts).instances.all.map(({ root, proof }) => [root.pid, instanceProofText(proof)]));

/** The records, each with the grade of its verdict and the reason. */
function provenPidFiles(service: ServiceSnapshot, facts: ServiceFacts): string[] {
  const proofs = new Map(contextOf(facts).records.map((record) => [record.path, recordProofText(record)]));
  return service.pidFiles.map((file) => {
    const why = proofs.get(file.path);
    return nested(pidFileFacts(file), why === undefined ? [] : [markdownText(why, 400)]);
  });
}

/** The commands behind the lists above; those of a finding stand with it. */
function checkYourself({ host, lockFiles, pidFiles, processes, matched, ports = [] }: ServiceFacts): string {
  const commands = commandsFor(host);
  const files = [...lockFiles, ...pidFiles];
  const locks = files.flatMap(({ file, locks: held }) =>
    held.flatMap((lock) => commands.kernelLock(lock, file.path)),
  );
  const records = pidFiles.filter(({ content }) => content !== undefined).map(({ file }) => file.path);
  const pids = [
    ...files.flatMap(({ locks: held }) =>
      held.flatMap(({ holders }) => holders.map(({ process }) => process.pid)),
    ),
    ...pidFiles.flatMap(({ content }) => content?.record.pid ?? []),
    ...matched,
  ].filter((pid) => processes.has(pid));
  const lines = new Set([
    ...files.slice(0, COMMANDS_SHOWN).flatMap(({ file }) => commands.file(file.path)),
    ...locks.slice(0, COMMANDS_SHOWN),
    ...records.slice(0, COMMANDS_SHOWN).flatMap((path) => commands.content(path)),
    ...commands.processes(pids),
    ...ports.slice(0, COMMANDS_SHOWN).flatMap(({ port }) => commands.listeners(port)),
  ]);
  return lines.size === 0 ? '' : `## ${l10n.t('Check it yourself')}\n\n${codeBlock([...lines], 'sh')}`;
}

function vendorGuidance(advice: readonly string[]): string {
  return advice.length === 0
    ? ''
    : paragraphs([`## ${l10n.t('Vendor guidance')}`, ...advice.map((text) => markdownText(text, 1000))]);
}

function watchedBecause(origin: Service['origin']): string {
  if (origin.kind === 'preset') {
    return l10n.t(
      'Watched by a preset; set {0} in {1} to turn it off.',
      codeSpan(`"${origin.preset}": false`),
      codeSpan('instanceMonitor.presets'),
    );
  }
  // A negative index: inspected once, without a setting.
  return origin.index < 0
    ? ''
    : l10n.t('Watched because of {0}.', codeSpan(`instanceMonitor.services[${origin.index}]`));
}

function historySection(history: readonly HistoryEvent[], shortenIn: ShortenIn): string {
  const events = history.slice(-HISTORY_SHOWN).reverse();
  return section(
    l10n.t('History'),
    events.map(({ at, text }) => `${localTime(at)} ${markdownText(shortenIn(text), 600)}`),
  );
}

/** A list item with a list below it; continuation lines are indented to stay within their item. */
function nested(title: string, items: readonly string[]): string {
  const indent = (text: string): string => text.replace(/\n/g, '\n  ');
  return [indent(title), ...items.map((item) => `  - ${indent(indent(item))}`)].join('\n');
}
