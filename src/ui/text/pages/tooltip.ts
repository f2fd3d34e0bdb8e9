/** Tooltips as Markdown: facts first, then the commands with which the user can check them. */
import * as l10n from '@vscode/l10n';
import type { Finding, PortSnapshot } from '../../../api';
import { assertNever } from '../../../common/assertNever';
import { commandsIn, factsIn, readLine } from '../../../model/evidenceLine';
import { stateWord } from '../../../model/stateWord';
import { list, paragraphs } from './markdown';
import { processFacts } from './processFacts';
import { portText, relationWord } from '../rows/portRows';
import type { Subject } from '../rows/rows';
import { codeBlock, codeSpan, markdownText } from '../words/sanitize';
import { asItIs, type ShortenIn } from '../words/shortPaths';
import { lockKindWord, severityWord, verdictText } from '../words/stateText';

export function tooltip(subject: Subject, shortenIn = asItIs): string {
  switch (subject.kind) {
    case 'service': {
      const { service } = subject;
      return paragraphs([
        `**${markdownText(service.name)}** · ${stateWord(service.state)}`,
        ...service.findings.map((finding) => findingLine(finding, shortenIn)),
        list([...service.lockFiles, ...service.pidFiles].map(({ path }) => codeSpan(path))),
        ...service.instances.slice(0, 3).map(({ root }) => processFacts(root)),
      ]);
    }
    case 'finding':
      return paragraphs([findingLine(subject.finding, shortenIn), evidenceText(subject.finding, shortenIn)]);
    case 'instance':
      return paragraphs([
        processFacts(subject.instance.root),
        subject.instance.processes.length > 1
          ? l10n.t(
              'One instance of {0} processes: wrappers, forks and workers count once.',
              subject.instance.processes.length,
            )
          : '',
      ]);
    case 'process':
      return processFacts(subject.process);
    case 'lockFile': {
      const { file } = subject;
      return paragraphs([
        codeSpan(file.path),
        file.held
          ? l10n.t('Held: {0}.', lockKindWord(file.kind, file.access))
          : l10n.t('No process holds it. A lock file that no process holds is free, never stale.'),
      ]);
    }
    case 'holder':
      return paragraphs([
        subject.holder.process === undefined ? '' : processFacts(subject.holder.process),
        subject.holder.inherited
          ? l10n.t('It did not take the lock itself: it shares the descriptor of the process that did.')
          : '',
        subject.holder.deletedInode
          ? l10n.t('The locked file has been deleted; the path names another file now, or none.')
          : '',
        markdownText(subject.holder.unknownReason ?? ''),
      ]);
    case 'waiter':
      return l10n.t('pid {0} is blocked until the lock is released.', subject.pid);
    case 'pidFile':
      return paragraphs([
        codeSpan(subject.file.path),
        markdownText(verdictText(subject.file.verdict, subject.file.recordedPid, subject.file.locked)),
      ]);
    case 'port':
      return portTooltip(subject.port);
    case 'listener':
      return paragraphs([codeSpan(subject.listener.command ?? ''), relationWord(subject.listener)]);
    default:
      return assertNever(subject);
  }
}

function portTooltip(port: PortSnapshot): string {
  return paragraphs([
    l10n.t('port {0}: {1}', port.port, markdownText(portText(port))),
    list((port.recordedIn ?? []).map((path) => codeSpan(path))),
    port.url === undefined ? '' : codeSpan(port.url),
  ]);
}

function findingLine(finding: Finding, shortenIn: ShortenIn): string {
  return `**${severityWord(finding.severity)}** · ${markdownText(shortenIn(finding.message), 600)}`;
}

/** Returns the facts as a list, and below it the shell commands. */
export function evidenceText(finding: Finding, shortenIn = asItIs): string {
  const lines = finding.evidence.map(readLine);
  const commands = commandsIn(lines);
  return paragraphs([
    list(factsIn(lines).map((fact) => markdownText(shortenIn(fact), 1000))),
    commands.length === 0 ? '' : codeBlock(commands, 'sh'),
  ]);
}
