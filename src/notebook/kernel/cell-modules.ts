import type ts from 'typescript';
import type { Edit } from './edits.ts';
import { SCOPE } from './scope-edits.ts';
import { typescript } from './tslab.ts';

/** What cells call instead of `import`: gives a {@link Loaded} module, or a promise of one. */
export const LOAD = '__graftLoad__';
/** `import(…)` and `import.meta` in a cell, in names as long as they are, so that columns stay. */
export const IMPORT = 'impor$';
export const META = '$importMeta';

/**
 * Writes a compiled cell, an ES module, as code of a function: what it imports is loaded and handed to the notebook's
 * scope, what TypeScript exports belongs to it anyway (scope-edits.ts).
 * `import { a } from 'm'` → `const module$0 = await load("m"); scope.a = module$0.module.a;`
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
  const load = `await ${LOAD}(${moduleSpecifier.getText()});`;
  if (!importClause) return load;
  const { name, namedBindings } = importClause;
  const module = `module$${count}`;
  const take = (own: ts.Identifier, from: string): string => `${SCOPE}.${own.text} = ${module}.${from};`;
  const taken = name ? [take(name, 'default')] : [];
  if (namedBindings && compiler.isNamespaceImport(namedBindings)) taken.push(take(namedBindings.name, 'all'));
  else if (namedBindings)
    for (const { name: own, propertyName = own } of namedBindings.elements)
      taken.push(
        take(own, propertyName.text === 'default' ? 'default' : `module[${JSON.stringify(propertyName.text)}]`),
      );
  return `const ${module} = ${load} ${taken.join(' ')}`;
}
