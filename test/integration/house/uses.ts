/** What the source itself uses of what it exports and declares: asked of the compiler, not of the text. */
import * as path from 'node:path';
import ts from 'typescript-api';
import { ENTRIES, ROOT } from '../../unit/house/source';

type Owner = ts.ClassDeclaration | ts.InterfaceDeclaration;
type Member = ts.ClassElement | ts.TypeElement;
type Named = Member & { name: ts.Identifier | ts.StringLiteral };

/** Used is what is read or called; what is only written is of no use to anybody. */
export class Uses {
  readonly #checker: ts.TypeChecker;
  readonly #files: readonly ts.SourceFile[];
  /** Members that are used, by name. */
  readonly #used = new Map<string, Set<ts.Declaration>>();
  /** What is named outside of itself. */
  readonly #named = new Set<ts.Declaration>();

  constructor(program = sourceProgram()) {
    this.#checker = program.getTypeChecker();
    this.#files = program.getSourceFiles().filter(({ fileName }) => relative(fileName).startsWith('src/'));
    for (const file of this.#files) this.#collect(file);
  }

  /** `file: name`, of each that is exported and that nothing names but itself. */
  unusedExports(): string[] {
    return this.#files.flatMap((file) => {
      const module = this.#checker.getSymbolAtLocation(file);
      const exported = module === undefined ? [] : this.#checker.getExportsOfModule(module);
      return exported
        .flatMap(({ declarations = [] }) => declarations)
        .filter((one) => one.getSourceFile() === file && !ts.isExportSpecifier(one) && !this.#named.has(one))
        .map((one) => `${relative(file.fileName)}: ${(one as ts.NamedDeclaration).name?.getText() ?? ''}`);
    });
  }

  /** `file: Owner.member`, of each that nothing in the source uses. */
  unusedMembers(): string[] {
    return this.#files.flatMap((file) =>
      ownersIn(file).flatMap((owner) =>
        [...owner.members]
          .filter((member): member is Named => isNamed(member))
          .filter((member) => !this.#isUsed(member, owner))
          .map((member) => `${relative(file.fileName)}: ${owner.name?.text ?? ''}.${member.name.text}`),
      ),
    );
  }

  #collect(node: ts.Node): void {
    if (ts.isIdentifier(node)) this.#name(node);
    if (ts.isPropertyAccessExpression(node)) {
      if (!isWritten(node)) this.#read(node.expression, node.name.text);
    } else if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
      this.#read(node.expression, node.argumentExpression.text);
    } else if (ts.isObjectBindingPattern(node)) {
      for (const { propertyName, name, dotDotDotToken } of node.elements) {
        const taken = propertyName ?? name;
        if (dotDotDotToken === undefined && ts.isIdentifier(taken)) {
          this.#take(this.#checker.getTypeAtLocation(node), taken.text);
          this.#take(this.#checker.getTypeAtLocation(node.parent), taken.text);
        }
      }
    } else if (ts.isSpreadAssignment(node)) {
      // Passed on as a whole: whoever has it then uses it under the same name.
      const type = this.#checker.getTypeAtLocation(node.expression);
      for (const property of type.getProperties()) this.#mark(property);
    }
    ts.forEachChild(node, (child) => this.#collect(child));
  }

  /** Importing it, or passing it on, is no use of it yet, but where somebody else takes it. */
  #name(node: ts.Identifier): void {
    const { parent } = node;
    if (ts.isImportSpecifier(parent) || ts.isImportClause(parent)) return;
    if (ts.isExportSpecifier(parent) && !ENTRIES.has(relative(node.getSourceFile().fileName))) return;
    const symbol = ts.isShorthandPropertyAssignment(parent)
      ? this.#checker.getShorthandAssignmentValueSymbol(parent)
      : this.#checker.getSymbolAtLocation(node);
    if (symbol === undefined) return;
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    const { declarations = [] } = isAlias ? this.#checker.getAliasedSymbol(symbol) : symbol;
    for (const one of declarations) if (!isWithin(node, one)) this.#named.add(one);
  }

  #read(object: ts.Expression, name: string): void {
    this.#take(this.#checker.getTypeAtLocation(object), name);
  }

  #take(type: ts.Type, name: string): void {
    const present = this.#checker.getNonNullableType(type);
    this.#mark(this.#checker.getPropertyOfType(present, name));
    if (present.isUnion()) {
      for (const one of present.types) this.#mark(this.#checker.getPropertyOfType(one, name));
    }
  }

  #mark(symbol: ts.Symbol | undefined): void {
    if (symbol === undefined) return;
    const used = this.#used.get(symbol.name) ?? new Set();
    this.#used.set(symbol.name, used);
    for (const declaration of symbol.declarations ?? []) {
      used.add(declaration);
      this.#named.add(declaration); // of a module that is imported when it is needed
    }
  }

  #isUsed(member: Named, owner: Owner): boolean {
    const used = this.#used.get(member.name.text) ?? new Set();
    return (
      used.has(member) ||
      this.#isPromised(member, owner, used) ||
      // What has such a member can be taken for another that has it: by which type it is used there says nothing.
      [...used].some((other) => this.#canStandFor(member, other, owner))
    );
  }

  /** Of an interface that it implements or extends: one that is not ours is used by whoever has made it. */
  #isPromised({ name }: Named, owner: Owner, used: ReadonlySet<ts.Declaration>): boolean {
    const types = (owner.heritageClauses ?? []).flatMap((clause) => [...clause.types]);
    return types.some((type) => {
      const promised = this.#checker.getPropertyOfType(this.#checker.getTypeAtLocation(type), name.text);
      return (promised?.declarations ?? []).some(
        (one) => used.has(one) || !relative(one.getSourceFile().fileName).startsWith('src/'),
      );
    });
  }

  #canStandFor(member: Named, other: ts.Declaration, owner: Owner): boolean {
    const [own, its] = [member, other].map((one) => this.#checker.getTypeAtLocation(one));
    if (own === undefined || its === undefined) return false;
    if (ts.isInterfaceDeclaration(owner)) {
      return this.#checker.isTypeAssignableTo(own, its) && this.#checker.isTypeAssignableTo(its, own);
    }
    const there = other.parent;
    return (
      (ts.isInterfaceDeclaration(there) || ts.isClassDeclaration(there)) &&
      this.#checker.isTypeAssignableTo(
        this.#checker.getTypeAtLocation(owner),
        this.#checker.getTypeAtLocation(there),
      )
    );
  }
}

function sourceProgram(): ts.Program {
  const read = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, ROOT);
  return ts.createProgram(ts.sys.readDirectory(path.join(ROOT, 'src'), ['.ts']), options);
}

const relative = (file: string): string => path.relative(ROOT, file).split(path.sep).join('/');

function ownersIn(file: ts.SourceFile): Owner[] {
  const found: Owner[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Private ones (`#`) are the compiler's to watch, constructors the caller's. */
const isNamed = (member: Member): boolean =>
  member.name !== undefined && (ts.isIdentifier(member.name) || ts.isStringLiteral(member.name));

const isWritten = (node: ts.PropertyAccessExpression): boolean =>
  ts.isBinaryExpression(node.parent) &&
  node.parent.left === node &&
  node.parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;

function isWithin(node: ts.Node, declaration: ts.Node): boolean {
  let at = node;
  while (at !== declaration && !ts.isSourceFile(at)) at = at.parent;
  return at === declaration;
}
