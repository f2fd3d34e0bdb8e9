/** A hover on the pid of an open pid file. Only the registration is loaded with the extension. */
import * as vscode from 'vscode';
import type { Monitor } from '../../monitor/monitor';
import type { Disposable } from '../disposables';

/** A record is small; nothing is read of what is not. */
const MAX_LINES = 200;
const MAX_LENGTH = 16_384;

export function registerRecordHover(monitor: Monitor): Disposable {
  return vscode.languages.registerHoverProvider(
    { scheme: 'file' },
    {
      provideHover: async (document, position) => {
        const path = document.uri.fsPath;
        const isOnNumber = document.getWordRangeAtPosition(position, /\d{1,10}/) !== undefined;
        if (!isOnNumber || document.lineCount > MAX_LINES || !mayBeRecord(path, monitor)) {
          return undefined;
        }
        const text = document.getText();
        if (text.length > MAX_LENGTH) {
          return undefined;
        }
        const { recordHover } = await import('../documents/pages');
        const found = await recordHover(monitor, path, { text, offset: document.offsetAt(position) });
        return (
          found &&
          new vscode.Hover(
            new vscode.MarkdownString(found.markdown),
            new vscode.Range(document.positionAt(found.start), document.positionAt(found.end)),
          )
        );
      },
    },
  );
}

/** Every number in every file is asked about. */
function mayBeRecord(path: string, { snapshot }: Monitor): boolean {
  return (
    /pid/i.test(path.slice(path.lastIndexOf('/') + 1)) ||
    snapshot.services.some(({ lockFiles, pidFiles }) =>
      [...lockFiles, ...pidFiles].some((file) => file.path === path),
    )
  );
}
