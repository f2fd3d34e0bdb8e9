import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript-api';

export interface Message {
  /** English; undefined: the argument is no literal, so that nobody could translate it. */
  text: string | undefined;
  /** File and line, for a failing test to print. */
  place: string;
}

/** Every `l10n.t(…)` below a folder, of `vscode` and of `@vscode/l10n`. */
export function messagesIn(folder: string): Message[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => messagesOf(join(folder, name)));
}

function messagesOf(file: string): Message[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const found: Message[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /(?:^|\.)l10n\.t$/.test(node.expression.getText(source))) {
      const [argument] = node.arguments;
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push({
        text: argument !== undefined && ts.isStringLiteralLike(argument) ? argument.text : undefined,
        place: `${file}:${line + 1}`,
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
