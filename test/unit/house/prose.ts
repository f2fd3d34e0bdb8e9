/** What of a source file is written for people: its comments and its strings. */
import ts from 'typescript-api';

const TEXTS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.SingleLineCommentTrivia,
  ts.SyntaxKind.MultiLineCommentTrivia,
  ts.SyntaxKind.StringLiteral,
  ts.SyntaxKind.NoSubstitutionTemplateLiteral,
  ts.SyntaxKind.TemplateHead,
  ts.SyntaxKind.TemplateMiddle,
  ts.SyntaxKind.TemplateTail,
]);

/** Returns comments and strings in their order, each on one line. */
export function prosePieces(text: string): string[] {
  const tree = ts.createSourceFile('prose.ts', text, ts.ScriptTarget.Latest, true);
  const pieces = new Map<number, string>();
  const note = (from: number, to: number): void => {
    pieces.set(from, text.slice(from, to).replace(/\s*\n\s*(?:\*(?!\/) ?)?/g, ' '));
  };
  const visit = (node: ts.Node): void => {
    if (TEXTS.has(node.kind)) note(node.getStart(tree), node.end);
    // Comments stand before tokens.
    if (node.getChildCount(tree) === 0) {
      for (const { pos, end } of ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []) note(pos, end);
      for (const { pos, end } of ts.getTrailingCommentRanges(text, node.end) ?? []) note(pos, end);
    }
    for (const child of node.getChildren(tree)) visit(child);
  };
  visit(tree);
  return [...pieces].sort(([a], [b]) => a - b).map(([, piece]) => piece);
}
