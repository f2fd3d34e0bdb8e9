/** The source as its syntax tree shows it: who imports what, who exports what, how long the parts are. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import ts from 'typescript-api';

export const ROOT = path.resolve(import.meta.dirname, '../../..');

/** What VS Code, the bundler or another extension names. */
export const ENTRIES = new Set([
  'src/api.ts',
  // The names that the manifest has; a test compares them.
  'src/contributions.ts',
  'src/apart.ts',
  'src/extension.ts',
  'src/observer.ts',
  'src/probe.ts',
  'src/actions/index.ts',
  'src/os/regex.ts',
  'src/ui/onDemand.ts',
  'src/ui/documents/pages.ts',
]);

export interface Imported {
  /** Relative to the project's root. */
  file: string;
  /** Undefined: all of it. */
  names: readonly string[] | undefined;
  /** At run time nothing is imported. */
  isType: boolean;
}

export interface Part {
  kind: 'class' | 'function';
  name: string;
  lines: number;
}

export interface SourceFile {
  /** Relative to the project's root, with `/`. */
  file: string;
  text: string;
  lines: number;
  imports: readonly Imported[];
  exports: readonly string[];
  parts: readonly Part[];
  /** Closed unions of which a table need not have every member: `Partial<Record<Kind, …>>`. */
  partialTables: readonly string[];
}

function filesBelow(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const at = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(at) : /(?<!\.d)\.ts$/.test(entry.name) ? [at] : [];
  });
}

const relative = (file: string): string => path.relative(ROOT, file).split(path.sep).join('/');

/** Returns every file below a folder of the project, with its text. */
export const readTexts = (folder: string): Pick<SourceFile, 'file' | 'text'>[] =>
  filesBelow(path.join(ROOT, folder)).map((file) => ({
    file: relative(file),
    text: fs.readFileSync(file, 'utf8'),
  }));

/** Returns every file below a folder of the project, read and parsed. */
export function readSource(folder: string): SourceFile[] {
  const files = readTexts(folder);
  const known = new Set(files.map(({ file }) => file));
  return files.map(({ file, text }) => parse(path.join(ROOT, file), known, text));
}

/** Returns a file's parts, imports and exports; `known`: the files that an import may mean. */
export function parse(
  file: string,
  known: ReadonlySet<string>,
  text = fs.readFileSync(file, 'utf8'),
): SourceFile {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const imports: Imported[] = [];
  const exports: string[] = [];
  const parts: Part[] = [];
  const partialTables: string[] = [];
  const lineOf = (position: number): number => tree.getLineAndCharacterOfPosition(position).line;
  const resolved = (specifier: string): string | undefined => {
    if (!specifier.startsWith('.')) return undefined;
    const at = relative(path.resolve(path.dirname(file), specifier));
    return [`${at}.ts`, `${at}/index.ts`].find((candidate) => known.has(candidate));
  };
  const note = (specifier: ts.Node | undefined, names: Imported['names'], isType: boolean): void => {
    const target =
      specifier !== undefined && ts.isStringLiteral(specifier) ? resolved(specifier.text) : undefined;
    if (target !== undefined) imports.push({ file: target, names, isType });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause;
      const bindings = clause?.namedBindings;
      const isNamed = bindings !== undefined && ts.isNamedImports(bindings);
      const names = isNamed
        ? bindings.elements.map((one) => (one.propertyName ?? one.name).text)
        : bindings === undefined
          ? []
          : undefined;
      const isType =
        clause?.phaseModifier === ts.SyntaxKind.TypeKeyword ||
        (isNamed && bindings.elements.every(({ isTypeOnly }) => isTypeOnly));
      note(node.moduleSpecifier, names, isType);
    } else if (ts.isExportDeclaration(node)) {
      const names =
        node.exportClause !== undefined && ts.isNamedExports(node.exportClause)
          ? node.exportClause.elements.map((one) => (one.propertyName ?? one.name).text)
          : undefined;
      note(node.moduleSpecifier, names, node.isTypeOnly);
      exports.push(...(names ?? []));
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      note(node.arguments[0], undefined, true); // later, when everything is loaded
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      note(node.argument.literal, undefined, true);
    }
    if (ts.isClassDeclaration(node) || ts.isFunctionLike(node)) {
      const name = node.name === undefined ? '' : node.name.getText();
      const kind = ts.isClassDeclaration(node) ? 'class' : 'function';
      parts.push({ kind, name, lines: lineOf(node.end) - lineOf(node.getStart()) + 1 });
    }
    const union = partialTable(node);
    if (union !== undefined) partialTables.push(union);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(tree, visit);
  for (const statement of tree.statements) exports.push(...exportedBy(statement));
  return { file: relative(file), text, lines: lineOf(tree.end), imports, exports, parts, partialTables };
}

const CLOSED_UNION = /(Kind|Reason|Verdict|State|Role|Name)$/;

const isReference = (node: ts.Node | undefined, name: string): node is ts.TypeReferenceNode =>
  node !== undefined && ts.isTypeReferenceNode(node) && node.typeName.getText() === name;

/** Returns the union of a `Record<Union, …>` anywhere inside a `Partial<…>`. */
function partialTable(node: ts.Node): string | undefined {
  if (!isReference(node, 'Record')) return undefined;
  const [key] = node.typeArguments ?? [];
  const union = key !== undefined && ts.isTypeReferenceNode(key) ? key.typeName.getText() : '';
  return CLOSED_UNION.test(union) &&
    ts.findAncestor(node, (above) => isReference(above, 'Partial')) !== undefined
    ? union
    : undefined;
}

function exportedBy(statement: ts.Statement): string[] {
  const isExported =
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
  if (!isExported) return [];
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const { name } = statement as ts.DeclarationStatement;
  return name === undefined ? [] : [name.getText()];
}
