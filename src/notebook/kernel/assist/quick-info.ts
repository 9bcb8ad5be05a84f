import type ts from 'typescript';
import { typescript } from '../tslab.ts';

/** What TypeScript exports without declaring it (tslab.ts checks it). */
interface Internals {
  readonly SymbolDisplay: {
    getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker: ts.TypeChecker,
      symbol: ts.Symbol,
      file: ts.SourceFile,
      container: ts.Node | undefined,
      node: ts.Node,
    ): Pick<ts.QuickInfo, 'displayParts' | 'documentation' | 'tags'>;
  };
  getContainerNode(node: ts.Node): ts.Node | undefined;
  getPropertySymbolsFromContextualType(
    of: ts.Node,
    checker: ts.TypeChecker,
    type: ts.Type,
    unionSymbolOk: boolean,
  ): readonly ts.Symbol[];
  getContainingObjectLiteralElement(node: ts.Node): (ts.Node & { readonly parent: ts.Expression }) | undefined;
  getTouchingPropertyName(file: ts.SourceFile, position: number): ts.Node;
  isInComment(file: ts.SourceFile, position: number): unknown;
  isLabelName(node: ts.Node): boolean;
  isTagName(node: ts.Node): boolean;
  typeToDisplayParts(checker: ts.TypeChecker, type: ts.Type, container: ts.Node | undefined): ts.SymbolDisplayPart[];
}

/** A name's type and documentation. */
export type QuickInfo = Pick<ts.QuickInfo, 'displayParts' | 'documentation' | 'tags'>;

const internals = (): Internals & typeof ts => typescript() as unknown as Internals & typeof ts;

/**
 * Gives the type and documentation of the name at a position, as a language service's `getQuickInfoAtPosition` does
 * (services.ts), which would read all files itself.
 */
export function quickInfo(program: ts.Program, file: ts.SourceFile, position: number): QuickInfo | undefined {
  const compiler = internals();
  const checker = program.getTypeChecker();
  const touched = compiler.getTouchingPropertyName(file, position);
  if (touched === file) return undefined;
  const node = describedNode(touched);
  const symbol = symbolOf(node, checker);
  const container = compiler.getContainerNode(node);
  const isKnown =
    symbol && !(checker as unknown as { isUnknownSymbol(of: ts.Symbol): boolean }).isUnknownSymbol(symbol);
  if (isKnown)
    return compiler.SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker,
      symbol,
      file,
      container,
      node,
    );
  if (!hasType(file, node, position)) return undefined;
  const type = checker.getTypeAtLocation(node);
  const about = type.getSymbol();
  return {
    displayParts: compiler.typeToDisplayParts(checker, type, container),
    documentation: about?.getDocumentationComment(checker),
    tags: about?.getJsDocTags(checker),
  };
}

/** Gives the node whose name or type describes what the cursor touches. */
function describedNode(node: ts.Node): ts.Node {
  const compiler = typescript();
  const { parent } = node;
  if (compiler.isNewExpression(parent) && node.pos === parent.pos) return parent.expression;
  if (compiler.isNamedTupleMember(parent) && node.pos === parent.pos) return parent;
  if (compiler.isMetaProperty(parent) && parent.name === node) return parent;
  return node;
}

/** Gives a node's symbol; for a property in an object literal, the one that is expected there. */
function symbolOf(node: ts.Node, checker: ts.TypeChecker): ts.Symbol | undefined {
  const property = internals().getContainingObjectLiteralElement(node);
  const expected = property && checker.getContextualType(property.parent);
  const found =
    property && expected && internals().getPropertySymbolsFromContextualType(property, checker, expected, false);
  return found?.length === 1 ? found[0] : checker.getSymbolAtLocation(node);
}

function hasType(file: ts.SourceFile, node: ts.Node, position: number): boolean {
  const { SyntaxKind, isInComment, isLabelName, isTagName } = internals();
  switch (node.kind) {
    case SyntaxKind.Identifier:
      return !isLabelName(node) && !isTagName(node);
    case SyntaxKind.PropertyAccessExpression:
    case SyntaxKind.QualifiedName:
      return !isInComment(file, position);
    case SyntaxKind.ThisKeyword:
    case SyntaxKind.ThisType:
    case SyntaxKind.SuperKeyword:
    case SyntaxKind.NamedTupleMember:
    case SyntaxKind.MetaProperty:
      return true;
    default:
      return false;
  }
}
