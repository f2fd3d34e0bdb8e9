/** What several vendors say of their lock files. */
import * as l10n from '@vscode/l10n';

/** Kernel locks whose file stays when the lock has gone. */
export const fileStays =
  (tool: string): (() => string) =>
  () =>
    l10n.t('{0} keeps this file; only the lock on it matters. Wait for the holder, or terminate it.', tool);
