import type ts from 'typescript';
import type { Edit } from '../compile/edits.ts';
import { typescript } from '../tslab.ts';

/** The function that cells call instead of `import`: gives a {@link Loaded} module, or a promise of one. */
export const LOAD = '__graftLoad__';
/** The function that binds a name of the notebook to what such a module exports. */
export const BIND = '__graftBind__';
/** Stand-ins for `import(…)` and `import.meta` in a cell, with names of the same length, so that columns stay. */
export const IMPORT = 'impor$';
export const META = '$importMeta';

/**
 * Writes a compiled cell, an ES module, as code of a function: its imports are loaded and bound in the notebook's
 * scope, and TypeScript's exports belong to it anyway (scope-edits.ts).
 * `import { a as b } from 'm'` → `const module$0 = await load("m"); bind("b", "m", "a", module$0);`
 */
export function moduleEdits(code: string): Edit[] {
  const compiler = typescript();
  const { SyntaxKind } = compiler;
  const file = compiler.createSourceFile('cell.js', code, compiler.ScriptTarget.Latest, true);
  const edits: Edit[] = [];
  const replace = (node: ts.Node, text: string): void =>
    void edits.push({ at: node.getStart(), length: node.end - node.getStart(), text });
  const visit = (node: ts.Node): void => {
    if (compiler.isExportDeclaration(node)) return replace(node, '');
    if (compiler.isImportDeclaration(node)) return replace(node, loading(node, edits.length));
    if (compiler.isMetaProperty(node) && node.keywordToken === SyntaxKind.ImportKeyword) return replace(node, META);
    if (node.kind === SyntaxKind.ImportKeyword) return replace(node, IMPORT);
    compiler.forEachChild(node, visit);
  };
  visit(file);
  return edits;
}

function loading({ importClause, moduleSpecifier }: ts.ImportDeclaration, count: number): string {
  const compiler = typescript();
  const specifier = moduleSpecifier.getText();
  const load = `await ${LOAD}(${specifier});`;
  if (!importClause) return load;
  const { name, namedBindings } = importClause;
  const module = `module$${count}`;
  const bind = (own: ts.Identifier, exported: string): string =>
    `${BIND}("${own.text}", ${specifier}, ${JSON.stringify(exported)}, ${module});`;
  const bound = name ? [bind(name, 'default')] : [];
  if (namedBindings && compiler.isNamespaceImport(namedBindings)) bound.push(bind(namedBindings.name, '*'));
  else if (namedBindings)
    for (const { name: own, propertyName = own } of namedBindings.elements) bound.push(bind(own, propertyName.text));
  return `const ${module} = ${load} ${bound.join(' ')}`;
}
