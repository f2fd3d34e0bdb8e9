/** What a process is whose number a line names, and who listens on a port. */
import * as l10n from '@vscode/l10n';
import { commandsFor } from '../../model/commands/index';
import type { ProcessFacts } from '../../model/facts';
import { commandLine } from '../../model/processes/process';
import { isNamedByPrograms } from '../../model/records/writer';
import { oneLine } from '../../model/text';
import type { Named } from '../../model/users';
import { ownHostname } from '../../os/hostName';
import type { Lookup } from './lookup';

/** Only its number is known: it is named where it can be the one that is meant, and never as a holder. */
export function lookAtPid({ list, users }: Lookup, { pid, programs, host }: Named): void {
  if (host !== undefined && host !== ownHostname()) {
    list.note(l10n.t('That process runs on {0}; this is {1}.', oneLine(host, 100), ownHostname()));
    return;
  }
  const liveness = users?.livenessOf(pid);
  if (liveness === undefined) {
    list.note(l10n.t('This system shows only who holds a lock.'));
  } else if (liveness.state === 'unavailable') {
    list.note(l10n.t('Process {0} cannot be inspected: {1}.', pid, liveness.reason));
  } else if (liveness.state === 'dead') {
    list.note(
      liveness.why === 'thread'
        ? l10n.t('{0} is a thread of process {1}, not a process.', pid, liveness.threadOf ?? '?')
        : l10n.t('Process {0} has ended.', pid),
    );
  } else if (isAnother(liveness.process, programs)) {
    list.note(
      l10n.t(
        'Process {0} is {1}, which does not look like the one that is meant; that one has probably ended.',
        pid,
        oneLine(commandLine(liveness.process), 100),
      ),
    );
  } else {
    list.add(liveness.process, { kind: 'named', proof: programs === undefined ? 'guessed' : 'plausible' });
  }
}

const isAnother = (process: ProcessFacts, programs: readonly string[] | undefined): boolean =>
  process.kernelThread === true ||
  (programs !== undefined && process.argv.length > 0 && !isNamedByPrograms(process, programs));

export async function lookAtPort(
  { list, listeners, platform }: Pick<Lookup, 'list' | 'listeners' | 'platform'>,
  port: number,
): Promise<void> {
  if (listeners === undefined) {
    list.note(l10n.t('This system shows only who holds a lock.'));
    return;
  }
  const { sockets, processes, hidden, problem } = await listeners(port);
  const commands = commandsFor({ platform }).listeners(port);
  for (const process of processes) list.add(process, { kind: 'listens', proof: 'proven', port });
  if (problem !== undefined) {
    const { syscall, code } = problem;
    list.note(l10n.t('The list of sockets cannot be read: {0} failed with {1}.', syscall, code), commands);
  } else if (sockets.length === 0 && hidden > 0) {
    list.unknown(
      l10n.t(
        'No process of yours listens on port {0}. One of another user may: {1} processes do not show their descriptors.',
        port,
        hidden,
      ),
    );
    list.sentences.commands.push(...commands);
  } else if (sockets.length === 0) {
    list.note(l10n.t('No process listens on port {0} now, as far as this network namespace shows.', port));
  } else if (processes.length === 0) {
    const uids = sockets.flatMap(({ uid }) => uid ?? []);
    list.unknown(
      uids.length === 0
        ? l10n.t('A process that could not be identified listens on port {0}.', port)
        : l10n.t(
            'A process of user {0} listens on port {1} and does not show its descriptors. Processes of that kind: {2}.',
            [...new Set(uids)].join(', '),
            port,
            hidden,
          ),
    );
    list.sentences.commands.push(...commands);
  }
}
