/** The row that a command means which was called without one: from the palette, or by a key. */
import type * as vscode from 'vscode';
import { commands, type Capability } from '../../contributions';
import { DisposableList } from '../disposables';

/** Commands about a row, and what the row must be able to do. */
const ABOUT_A_ROW: Readonly<Record<string, Capability>> = {
  [commands.killDuplicateInstance]: 'killDuplicates',
  [commands.terminateLockHolder]: 'terminate',
  [commands.terminateInstance]: 'instance',
  [commands.keepInstance]: 'keep',
  [commands.showTerminal]: 'terminal',
  [commands.watchHeldLock]: 'watch',
  [commands.showEvidence]: 'evidence',
  [commands.copyPid]: 'copyPid',
  [commands.copyPath]: 'copyPath',
  [commands.openFile]: 'openFile',
  [commands.reveal]: 'reveal',
  [commands.whatElse]: 'process',
  [commands.editService]: 'edit',
  [commands.hideTool]: 'hide',
  [commands.mute]: 'mute',
  [commands.unmute]: 'unmute',
};

export interface SelectableView {
  readonly visible: boolean;
  readonly selection: readonly unknown[];
  readonly onDidChangeSelection: vscode.Event<unknown>;
}

export class Selection implements vscode.Disposable {
  readonly #views: ReadonlyMap<string, SelectableView>;
  readonly #disposables = new DisposableList();
  /** In which a row was selected last. */
  #newest: SelectableView | undefined;

  constructor(views: ReadonlyMap<string, SelectableView>) {
    this.#views = views;
    for (const view of views.values()) {
      this.#disposables.add(view.onDidChangeSelection(() => (this.#newest = view)));
    }
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** The selected row of one view. */
  of(view: unknown): unknown {
    return typeof view === 'string' ? this.#views.get(view)?.selection[0] : undefined;
  }

  /** The selected row that can be seen and can do what the command does; undefined: there is none. */
  for(command: string): unknown {
    const capability = ABOUT_A_ROW[command];
    const row = this.#newest?.visible === true ? this.#newest.selection[0] : undefined;
    return capability !== undefined && canDo(row, capability) ? row : undefined;
  }
}

/** Rows of either view have a row with its capabilities. */
export function canDo(node: unknown, capability: Capability): boolean {
  return (
    typeof node === 'object' &&
    node !== null &&
    'row' in node &&
    (node.row as { capabilities?: readonly string[] }).capabilities?.includes(capability) === true
  );
}
