import ts from 'typescript';

/**
 * An ESLint rule. An object is no dictionary for words that come from outside: `table['constructor']` is there in every
 * one of them. It reports `table[word]` and `word in table` where the word may be any text; `ownOf(table, word)`,
 * `Object.hasOwn` and a Map are right.
 * @type {import('eslint').Rule.RuleModule}
 */
export const ownWords = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      read: 'expected a Map or ownOf(table, word); got table[word], which finds "constructor" in every object.',
      in: 'expected a Map or Object.hasOwn(table, word); got word in table, which finds "constructor" in every object.',
    },
  },
  create(context) {
    const { program, esTreeNodeToTSNodeMap } = context.sourceCode.parserServices;
    const checker = program.getTypeChecker();
    const typeOf = (node) => checker.getTypeAtLocation(esTreeNodeToTSNodeMap.get(node));
    const text = (node) => context.sourceCode.getText(node);
    const isAnyText = (node) => {
      const type = typeOf(node);
      return (type.isUnion() ? type.types : [type]).some(({ flags }) => flags & ts.TypeFlags.String);
    };
    /** What stands behind `Object.hasOwn(table, word) ?`. */
    const isGuarded = ({ object, property, parent }) =>
      parent.type === 'ConditionalExpression' &&
      text(parent.test) === `Object.hasOwn(${text(object)}, ${text(property)})`;
    return {
      MemberExpression(node) {
        if (!node.computed || text(node.object) === 'process.env' || !isAnyText(node.property)) return;
        if (!isGuarded(node)) context.report({ node, messageId: 'read' });
      },
      'BinaryExpression[operator="in"]'(node) {
        if (node.left.type !== 'PrivateIdentifier' && text(node.right) !== 'process.env' && isAnyText(node.left))
          context.report({ node, messageId: 'in' });
      },
    };
  },
};
