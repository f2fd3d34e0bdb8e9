/**
 * “Who holds it?” as a link on lines of a terminal. Only the registration is loaded with the extension; what lines say is
 * read when a line is first pointed at, and nothing is looked up before the link is pressed.
 */
import * as vscode from 'vscode';
import type { LineClaim } from '../../model/terminal/terminalLine';
import type { Disposable } from '../disposables';
import type { Ui } from '../ui';
import type { Config } from '../settings/config';

class ClaimLink extends vscode.TerminalLink {
  readonly claim: LineClaim;
  readonly terminal: vscode.Terminal;

  constructor(claim: LineClaim, terminal: vscode.Terminal) {
    super(claim.start, claim.length, vscode.l10n.t('Who holds it?'));
    this.claim = claim;
    this.terminal = terminal;
  }
}

/** `ui`: loads what answers. */
export function registerTerminalLinks(config: Config, ui: () => Promise<Pick<Ui, 'answer'>>): Disposable {
  const provider: vscode.TerminalLinkProvider<ClaimLink> = {
    provideTerminalLinks: async ({ line, terminal }) => {
      if (!config.current.terminalLinks) {
        return [];
      }
      const { claimsOf } = await import('../onDemand');
      return claimsOf(line).map((claim) => new ClaimLink(claim, terminal));
    },
    handleTerminalLink: async ({ claim, terminal }) => (await ui()).answer(claim, terminal),
  };
  return vscode.window.registerTerminalLinkProvider(provider);
}
