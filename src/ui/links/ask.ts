/** From a pressed link, a clicked file or a typed text to the question, and from its answer to the pick. */
import * as vscode from 'vscode';
import { questionOfClaim } from '../../model/terminal/question';
import type { LineClaim } from '../../model/terminal/terminalLine';
import type { Base, UseAnswer, UseQuestion, User } from '../../model/users';
import { questionOf } from '../../model/useTarget';
import { atMost } from '../../os/atMost';
import type { CommandDeps } from '../commands/command';
import { pickService } from '../commands/picks';
import { inertLabel } from '../text/words/sanitize';
import { showAnswer } from './answerPick';

/** A look that takes longer than this (ms) shows its progress, and can be left. */
const PATIENCE_MS = 700;

/** A link in a terminal was pressed. */
export async function answerClaim(
  deps: CommandDeps,
  claim: LineClaim,
  terminal: vscode.Terminal,
): Promise<void> {
  const base = await baseOf(terminal);
  if (claim.isPoller === true) {
    await answerPoller(deps, base);
    return;
  }
  const question = questionOfClaim(claim, base);
  if (question !== undefined) {
    await answer(deps, question);
  }
}

/** Who Uses This? of the Explorer, an editor tab, a changed file, or what is typed. */
export async function whoUsesThis(deps: CommandDeps, argument: unknown): Promise<void> {
  const uri = uriOf(argument);
  if (uri !== undefined && uri.scheme !== 'file') {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0} is not a file on this machine.', inertLabel(uri.toString(true))),
    );
    return;
  }
  const question: UseQuestion | undefined =
    uri === undefined ? await typedQuestion() : { kind: 'path', path: uri.fsPath };
  if (question !== undefined) {
    await answer(deps, question);
  }
}

/** Files come as a URI, changed files of source control with one. */
function uriOf(argument: unknown): vscode.Uri | undefined {
  if (argument instanceof vscode.Uri) {
    return argument;
  }
  if (typeof argument === 'object' && argument !== null && 'resourceUri' in argument) {
    const { resourceUri } = argument;
    return resourceUri instanceof vscode.Uri ? resourceUri : undefined;
  }
  return undefined;
}

async function typedQuestion(): Promise<UseQuestion | undefined> {
  const active = vscode.window.activeTextEditor?.document.uri;
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t('Who uses this?'),
    prompt: vscode.l10n.t('A path, a pid, or a port such as :3000'),
    value: active?.scheme === 'file' ? active.fsPath : '',
    validateInput: (text) =>
      text.trim() === '' || questionOf(text) !== undefined
        ? undefined
        : vscode.l10n.t('That is neither a path, nor a number that a process or a port can have.'),
  });
  const question = typed === undefined ? undefined : questionOf(typed);
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  return question?.kind === 'path' && folder?.uri.scheme === 'file'
    ? { ...question, base: { folder: folder.uri.fsPath } }
    : question;
}

async function baseOf(terminal: vscode.Terminal): Promise<Base> {
  const [first] = vscode.workspace.workspaceFolders ?? [];
  const folder =
    terminal.shellIntegration?.cwd?.fsPath ?? (first?.uri.scheme === 'file' ? first.uri.fsPath : undefined);
  const shell = terminal.shellIntegration?.cwd === undefined ? await terminal.processId : undefined;
  return { ...(folder === undefined ? {} : { folder }), ...(shell === undefined ? {} : { shell }) };
}

async function answer(deps: CommandDeps, question: UseQuestion): Promise<void> {
  await showAnswer(deps, aboutOf(question), await look(deps, question));
}

function aboutOf(question: UseQuestion): string {
  switch (question.kind) {
    case 'path':
      return question.path;
    case 'held':
      return vscode.l10n.t('the lock');
    case 'pid':
      return vscode.l10n.t('pid {0}', question.named.pid);
    case 'port':
      return vscode.l10n.t('port {0}', question.port);
  }
}

/** Short looks show nothing; a long one shows how far it is, and what was found can be had at once. */
async function look({ monitor }: CommandDeps, question: UseQuestion): Promise<UseAnswer> {
  const abort = new AbortController();
  let report: (done: number, all: number) => void = () => undefined;
  const asked = monitor.whoUses(question, {
    signal: abort.signal,
    onProgress: (done, all) => report(done, all),
  });
  if (await atMost(PATIENCE_MS, asked)) {
    return asked;
  }
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Who uses this?'),
      cancellable: true,
    },
    (progress, token) => {
      token.onCancellationRequested(() => abort.abort());
      report = (done, all) => progress.report({ message: vscode.l10n.t('{0} of {1} processes', done, all) });
      return asked;
    },
  );
}

/** Telegram gives its updates to one poller: the services that are watched here, and their instances. */
async function answerPoller(deps: CommandDeps, { folder }: Base): Promise<void> {
  const { services } = deps.monitor.snapshot;
  const isHere = (path: string): boolean => folder === undefined || path.startsWith(`${folder}/`);
  const here = services.filter(({ lockFiles, pidFiles }) =>
    [...lockFiles, ...pidFiles].some(({ path }) => isHere(path)),
  );
  if (here.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'No service is watched in this folder, so the other poller is unknown. “Watch a Lock File” adds the bot.',
      ),
    );
    return;
  }
  const service = await pickService(here, vscode.l10n.t('Which service is the bot?'));
  if (service === undefined) {
    return;
  }
  const users = service.instances.map(({ root, proof }): User => ({
    process: root,
    uses: [{ kind: 'instance', proof: proof ?? 'guessed' }],
    ancestors: root.ppid === undefined ? [] : [root.ppid],
  }));
  const { takenAt } = deps.monitor.snapshot;
  const notes = service.findings.map(({ message }) => message);
  await showAnswer(deps, service.name, { takenAt, users, unknown: [], notes, commands: [] });
}
