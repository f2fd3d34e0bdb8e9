import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/** As much of a node of the syntax tree, as Babel walks it, as is asked for. */
interface Node {
  type: string;
  name?: string;
  callee?: Node;
  object?: Node;
  property?: Node;
  arguments?: readonly Node[];
}

const isTranslation = ({ type, callee }: Node): boolean =>
  type === 'CallExpression' && callee?.object?.name === 'l10n' && callee.property?.name === 't';

/**
 * Returns why the literal in `l10n.t('…')` is not changed: what a sentence says is judged by people, translators and
 * the tests of the texts; emptying it changes no decision. What is put into the sentence is changed.
 */
function whyIgnored(at: object): string | undefined {
  const { node, parent } = at as { node: Node; parent?: Node };
  const isLiteral = node.type === 'StringLiteral' || node.type === 'TemplateLiteral';
  return isLiteral && parent !== undefined && isTranslation(parent) && parent.arguments?.[0] === node
    ? 'the wording of a sentence'
    : undefined;
}

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'sentences', { shouldIgnore: whyIgnored }),
];
