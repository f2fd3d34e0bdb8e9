/** Opens in the browser what a service listens on. */
import * as vscode from 'vscode';
import type { ServiceSnapshot } from '../../api';
import type { CommandDeps } from './command';
import { serviceOf } from './picks';
import { inertLabel } from '../text/words/sanitize';
import { ServiceNode } from '../views/serviceNodes';

/** Of a window on another machine, the port is forwarded. VS Code asks before it opens an address of elsewhere. */
export async function openInBrowser(url: string): Promise<void> {
  await vscode.env.openExternal(await vscode.env.asExternalUri(vscode.Uri.parse(url, true)));
}

interface Address {
  url: string;
  port: number;
  name: string;
}

/** The address of the row; of several, or without a row, which one is asked. */
export async function openUrl({ monitor }: CommandDeps, argument: unknown): Promise<void> {
  const service = serviceOf(argument, monitor);
  const all = addressesOf(service === undefined ? monitor.snapshot.services : [service]);
  const own = portOf(argument);
  const choices = own === undefined ? all : all.filter(({ port }) => port === own);
  if (choices.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'No address to open: no watched service listens on a port that its setting or its record names.',
      ),
    );
    return;
  }
  const chosen = choices.length === 1 ? choices[0] : await pick(choices);
  if (chosen !== undefined) {
    await openInBrowser(chosen.url);
  }
}

const addressesOf = (services: readonly ServiceSnapshot[]): Address[] =>
  services.flatMap(({ name, ports = [] }) =>
    ports.flatMap(({ port, url }) => (url === undefined ? [] : [{ url, port, name }])),
  );

function portOf(argument: unknown): number | undefined {
  return argument instanceof ServiceNode && argument.row.subject.kind === 'port'
    ? argument.row.subject.port.port
    : undefined;
}

async function pick(addresses: readonly Address[]): Promise<Address | undefined> {
  const items = addresses.map((address) => ({
    label: address.url,
    description: inertLabel(address.name),
    address,
  }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which address?') });
  return picked?.address;
}
