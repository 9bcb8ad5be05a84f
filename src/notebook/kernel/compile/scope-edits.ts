import type ts from 'typescript';
import { BIND, LOAD } from '../modules/cell-modules.ts';
import type { Edit } from './edits.ts';
import { typescript } from '../tslab.ts';

/** The name of the notebook's scope in a compiled cell. */
export const SCOPE = '__graftScope__';

/** What TypeScript's binder notes in a node that opens a scope. */
type Scope = ts.Node & { readonly locals?: ReadonlyMap<ts.__String, ts.Symbol> };

/**
 * Lets a cell read and write its own top-level names, and those of earlier cells, in the notebook's scope, so that a
 * function sees what a later cell assigns or declares anew.
 * @param code a cell's code, in a generator function
 * @param names the names that the cell declares for the notebook; others, among them TypeScript's helpers, stay its own
 * @param earlier the names of earlier cells
 */
export function scopeEdits(code: string, names: ReadonlySet<string>, earlier: ReadonlySet<string>): Edit[] {
  const compiler = typescript();
  const { SyntaxKind, NodeFlags } = compiler;
  const head = 'function* cell() {';
  const file = compiler.createSourceFile('cell.js', `${head}${code}\n}`, compiler.ScriptTarget.Latest, true);
  (compiler as unknown as { bindSourceFile(file: ts.SourceFile, options: object): void }).bindSourceFile(file, {});
  const cell = file.statements[0] as ts.FunctionDeclaration;
  const edits: Edit[] = [];
  const insert = (at: number, text: string): void => void edits.push({ at: at - head.length, text });
  const remove = (from: number, to: number): void =>
    void edits.push({ at: from - head.length, length: to - from, text: '' });

  /** Whether a name refers to the notebook's at this place. */
  const isNotebooks = ({ text, escapedText }: ts.Identifier, at: ts.Node): boolean => {
    // a helper of TypeScript's may have the same name as a variable of an earlier cell
    if (!names.has(text) && !(earlier.has(text) && !(cell as Scope).locals?.has(escapedText))) return false;
    for (let node: ts.Node = at, from = at; node !== cell; from = node, node = node.parent) {
      if (
        (compiler.isFunctionExpression(node) || compiler.isClassLike(node)) &&
        node.name?.text === text &&
        node !== at
      )
        return false;
      const found = (node as Scope).locals?.get(escapedText);
      // a parameter's default does not see what the function declares in its body
      if (found && !(compiler.isParameter(from) && found.valueDeclaration?.kind !== SyntaxKind.Parameter)) return false;
    }
    return true;
  };
  const isOfCell = (list: ts.VariableDeclarationList): boolean => {
    if (compiler.isVariableStatement(list.parent) && list.parent.parent === cell.body) return true;
    if (list.flags & NodeFlags.BlockScoped) return false;
    return compiler.findAncestor(list, compiler.isFunctionLike) === cell; // var
  };

  const reference = (node: ts.Identifier): void => {
    if (!isNotebooks(node, node)) return;
    let whole: ts.Node = node;
    while (compiler.isParenthesizedExpression(whole.parent)) whole = whole.parent;
    const { parent } = whole;
    const called =
      (compiler.isCallExpression(parent) && parent.expression === whole) ||
      (compiler.isTaggedTemplateExpression(parent) && parent.tag === whole);
    insert(node.getStart(), called ? `(0, ${SCOPE}.` : `${SCOPE}.`);
    if (called) insert(node.end, ')');
  };
  /** Names in `{ a, b: [c = 1] }` where it declares them: the pattern becomes that of an assignment. */
  const pattern = (name: ts.BindingName): void => {
    if (compiler.isIdentifier(name)) return insert(name.getStart(), `${SCOPE}.`);
    for (const one of name.elements) {
      if (!compiler.isBindingElement(one)) continue;
      const { propertyName, name: own, initializer, dotDotDotToken } = one;
      if (compiler.isObjectBindingPattern(name) && !propertyName && !dotDotDotToken && compiler.isIdentifier(own))
        insert(own.getStart(), `${own.text}: `);
      if (propertyName && !compiler.isIdentifier(propertyName)) visit(propertyName);
      pattern(own);
      if (initializer) visit(initializer);
    }
  };
  const seen = new Set<string>();
  const declarations = (list: ts.VariableDeclarationList): void => {
    const inLoop = compiler.isForInStatement(list.parent) || compiler.isForOfStatement(list.parent);
    const { declarations: all } = list;
    if (!all.every(({ name }) => ours(name))) return compiler.forEachChild(list, visit); // a helper of TypeScript's
    remove(list.getStart(), all[0].getStart());
    for (const { name, initializer } of all) {
      const isName = compiler.isIdentifier(name);
      if (!isName && !inLoop) insert(name.getStart(), '(');
      pattern(name);
      if (initializer) {
        const named = isName && isNameless(initializer); // `const f = () => 1` gives the function its name
        if (named) insert(initializer.getStart(), `({ ${name.text}: `);
        visit(initializer);
        if (named) insert(initializer.end, ` }).${name.text}`);
      } else if (isName && !inLoop) insert(name.end, seen.has(name.text) ? ` = ${SCOPE}.${name.text}` : ' = void 0');
      if (!isName && !inLoop) insert((initializer ?? name).end, ')');
      if (isName) seen.add(name.text);
    }
  };
  const ours = (name: ts.BindingName): boolean =>
    compiler.isIdentifier(name)
      ? names.has(name.text)
      : name.elements.every((one) => !compiler.isBindingElement(one) || ours(one.name));
  const isNameless = (node: ts.Expression): boolean =>
    compiler.isArrowFunction(node) ||
    ((compiler.isFunctionExpression(node) || compiler.isClassExpression(node)) && !node.name);

  const visit = (node: ts.Node): void => {
    if (compiler.isIdentifier(node)) return reference(node);
    if (compiler.isVariableDeclarationList(node) && isOfCell(node)) return declarations(node);
    if (compiler.isShorthandPropertyAssignment(node)) {
      const { name, objectAssignmentInitializer: initializer } = node;
      if (isNotebooks(name, node)) insert(name.end, `: ${SCOPE}.${name.text}`);
      return initializer && visit(initializer);
    }
    if (compiler.isClassDeclaration(node) && node.parent === cell.body && node.name && names.has(node.name.text)) {
      insert(node.getStart(), `${SCOPE}.${node.name.text} = `);
      insert(node.end, ';');
    }
    const { name, propertyName, label } = node as { name?: ts.Node; propertyName?: ts.Node; label?: ts.Node };
    compiler.forEachChild(node, (child) => {
      // names in declarations, properties and labels are not references
      const isName = child === name || child === propertyName || child === label;
      if (!isName || !compiler.isIdentifier(child)) visit(child);
    });
  };
  const { statements } = cell.body!;
  // functions come before everything but imports, and an import that fails ends the cell
  const begin = statements.find((one) => !isLoading(one))?.getStart() ?? head.length;
  for (const { name } of statements.filter(compiler.isFunctionDeclaration))
    if (name && names.has(name.text)) insert(begin, `${SCOPE}.${name.text} = ${name.text}; `);
  statements.forEach(visit);
  return edits;
}

/** Whether a statement is the code that cell-modules.ts writes for an import. */
const isLoading = (one: ts.Statement): boolean => [LOAD, BIND].some((name) => one.getText().includes(`${name}(`));
