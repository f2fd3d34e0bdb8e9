/** The answer as a quick pick: who uses it, and what can be done about each. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../contributions';
import type { Use, UseAnswer, User } from '../../model/users';
import { lockSubject } from '../../monitor/protocol';
import type { CommandDeps } from '../commands/command';
import { cleanUpFile } from '../commands/cleanUpCommand';
import { serviceOfPath } from '../commands/picks';
import { openInBrowser } from '../commands/openUrl';
import { terminateHolder } from '../commands/terminateCommands';
import { shortenPath } from '../paths';
import { inertLabel } from '../text/words/sanitize';
import { nobodyText, userRow, useTitle } from '../text/words/useText';
import { awaitedQuestion, notifyWhenReleased } from './release';

/** Longest text of a row. */
const ROW_LIMIT = 600;

interface Item extends vscode.QuickPickItem {
  /** Absent: the row only says something. */
  act?: () => unknown;
}

export async function showAnswer(deps: CommandDeps, about: string, answer: UseAnswer): Promise<void> {
  const now = Date.now();
  const rowOf = (user: User): Item => {
    const { icon, label, description, detail } = userRow(user, answer, now, shortenPath);
    return {
      label: `$(${icon}) ${inertLabel(label)}`,
      description: inertLabel(description, ROW_LIMIT),
      detail: inertLabel(detail, ROW_LIMIT),
    };
  };
  const title = inertLabel(useTitle(answer, about, shortenPath));
  const [only] = answer.users;
  const sole = answer.users.length === 1 ? only : undefined;
  const users = answer.users.map((user): Item => {
    const row = rowOf(user);
    return sole === undefined ? { ...row, act: () => act(actionsFor(deps, answer, user), row.label) } : row;
  });
  const actions =
    sole === undefined
      ? [...aboutFile(deps, answer), ...notifying(deps, answer, [])]
      : actionsFor(deps, answer, sole);
  const items = [
    ...(users.length === 0 ? [{ label: `$(question) ${nobodyText(answer)}` }] : users),
    ...answer.unknown.map((text): Item => ({ label: `$(lock) ${inertLabel(text, ROW_LIMIT)}` })),
    ...answer.notes.map((text): Item => ({ label: `$(info) ${inertLabel(text, ROW_LIMIT)}` })),
    ...(actions.length === 0 ? [] : [separator(vscode.l10n.t('actions'))]),
    ...actions,
    ...answer.commands.map(copyCommand),
  ];
  await act(items, title);
}

/** Asks and does it; a row that only says something leaves the pick as it is. */
function act(items: readonly Item[], title: string): Promise<void> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = title;
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.items = items;
  return new Promise((resolve, reject) => {
    pick.onDidAccept(() => {
      const chosen = pick.selectedItems[0]?.act;
      if (chosen !== undefined) {
        pick.hide();
        Promise.resolve(chosen()).then(() => resolve(), reject);
      }
    });
    pick.onDidHide(() => {
      pick.dispose();
      resolve();
    });
    pick.show();
  });
}

const separator = (label: string): Item => ({ label, kind: vscode.QuickPickItemKind.Separator });

/** What concerns the file, whoever uses it. */
function aboutFile(deps: CommandDeps, { path, isFolder, isAbsent, isLeftOver }: UseAnswer): Item[] {
  if (path === undefined || isFolder === true || isAbsent === true) {
    return [];
  }
  const { documents, monitor } = deps;
  const service = serviceOfPath(path, monitor);
  const subject = service?.id ?? lockSubject(path);
  return [
    ...(isLeftOver === true
      ? [
          {
            label: vscode.l10n.t('$(trash) Clean Up…'),
            description: vscode.l10n.t('asks first'),
            act: () => cleanUpFile(deps, path),
          },
        ]
      : []),
    {
      label: vscode.l10n.t('$(law) Show Evidence'),
      act: () => documents.show({ page: 'evidence', subject, name: service?.name ?? basename(path) }),
    },
    ...(service === undefined
      ? [
          {
            label: vscode.l10n.t('$(eye) Watch'),
            description: inertLabel(shortenPath(path)),
            act: () => vscode.commands.executeCommand(commands.watchLockFile, vscode.Uri.file(path)),
          },
        ]
      : []),
  ];
}

function actionsFor(deps: CommandDeps, answer: UseAnswer, user: User): Item[] {
  const { process, uses, ports = [] } = user;
  const terminal = deps.terminals.of([process.pid, ...user.ancestors]);
  const port =
    ports[0] ?? (uses.some(({ kind }) => kind === 'record' || kind === 'lock') ? answer.port : undefined);
  const held = uses.find(
    (use): use is Use & { path: string } => use.kind === 'lock' && use.path !== undefined,
  );
  const items: Item[] = [...aboutFile(deps, answer), ...notifying(deps, answer, uses)];
  if (terminal !== undefined) {
    items.push({
      label: vscode.l10n.t('$(terminal) Show Terminal'),
      description: inertLabel(terminal.name),
      act: () => terminal.show(),
    });
  }
  if (port !== undefined) {
    items.push({
      label: vscode.l10n.t('$(globe) Open URL'),
      description: urlOf(port),
      act: () => openInBrowser(urlOf(port)),
    });
  }
  items.push({
    label: vscode.l10n.t('$(copy) Copy PID'),
    description: String(process.pid),
    act: () => vscode.env.clipboard.writeText(String(process.pid)),
  });
  if (held !== undefined) {
    items.push({
      label: vscode.l10n.t('$(stop-circle) Terminate…'),
      description: vscode.l10n.t('asks first'),
      act: () =>
        terminateHolder(deps, {
          subject: serviceOfPath(held.path, deps.monitor)?.id ?? lockSubject(held.path),
          pid: process.pid,
          ...(process.startTime === undefined ? {} : { startTime: process.startTime }),
        }),
    });
  }
  return items;
}

/** Offered where something is held: the lock of a file, a file that a live process has recorded itself in, a port. */
function notifying({ monitor }: CommandDeps, answer: UseAnswer, uses: readonly Use[]): Item[] {
  const port = uses.find(({ kind }) => kind === 'listens')?.port;
  const path =
    uses.find(({ kind }) => kind === 'lock' || kind === 'record')?.path ??
    (answer.unknown.length > 0 && answer.isFolder !== true ? answer.path : undefined) ??
    (answer.locksByExistence === true ? answer.path : undefined);
  const what =
    path === undefined ? (port === undefined ? undefined : `:${port}`) : inertLabel(shortenPath(path));
  const question = awaitedQuestion(path ?? what ?? '', undefined);
  return what === undefined || question === undefined
    ? []
    : [
        {
          label: vscode.l10n.t('$(bell) Notify When Released'),
          description: what,
          act: () => notifyWhenReleased(monitor, question, what),
        },
      ];
}

const urlOf = (port: number): string => `http://localhost:${port}/`;

function copyCommand(command: string): Item {
  return {
    label: vscode.l10n.t('$(copy) Copy Command'),
    description: inertLabel(command),
    act: () => vscode.env.clipboard.writeText(command),
  };
}
