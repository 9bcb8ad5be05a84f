import type ts from 'typescript';
import { applyEdits, type Edit } from './edits.ts';
import { bindImport } from './notebook-scope.ts';
import { typescript } from './tslab.ts';

/** By what name a cell reaches {@link bindImport}. */
const BIND = '__graftBind__';
(globalThis as Record<string, unknown>)[BIND] = bindImport;

/** A cell as an ES module that exports nothing, and the names that belong to the notebook. */
export interface Unexported {
  readonly text: string;
  readonly names: ReadonlySet<string>;
}

/**
 * Takes the exports out of a compiled cell, and hands what it imports to the notebook's scope:
 * `import { a } from 'm'` → `import { a as a$0 } from 'm'; bind(exports, "a", { …, read: () => a$0 });`
 */
export function withoutExports(module: string): Unexported {
  const compiler = typescript();
  const names = new Set<string>();
  const edits: Edit[] = [];
  const file = compiler.createSourceFile('cell.js', module, compiler.ScriptTarget.Latest, true);
  const replace = (node: ts.Node, text: string): void =>
    void edits.push({ at: node.getStart(), length: node.end - node.getStart(), text });
  for (const one of file.statements) {
    if (compiler.isExportDeclaration(one)) {
      const clause = one.exportClause;
      if (clause && compiler.isNamedExports(clause)) clause.elements.forEach(({ name }) => names.add(name.text));
      replace(one, '');
    } else if (compiler.isVariableStatement(one) && one.modifiers?.length) {
      one.declarationList.declarations.forEach(({ name }) => names.add(name.getText())); // the last expression
      replace(one.modifiers[0], ' '.repeat('export'.length)); // as wide, for the source map
    } else if (compiler.isImportDeclaration(one) && one.importClause) {
      const { name, namedBindings } = one.importClause;
      const taken: string[] = [];
      const take = (own: ts.Identifier, exported: string, before = ''): void => {
        const local = `${own.text}$${edits.length}`;
        const from = `specifier: ${one.moduleSpecifier.getText()}, exported: ${JSON.stringify(exported)}`;
        taken.push(`${BIND}(exports, "${own.text}", { ${from}, read: () => ${local} });`);
        replace(own, before + local);
      };
      if (name) take(name, 'default');
      if (namedBindings && compiler.isNamespaceImport(namedBindings)) take(namedBindings.name, '*');
      else if (namedBindings)
        for (const { name: own, propertyName } of namedBindings.elements)
          take(own, (propertyName ?? own).text, propertyName ? '' : `${own.text} as `);
      edits.push({ at: one.end, text: ` ${taken.join(' ')}` });
    }
  }
  return { text: applyEdits(module, edits).text, names };
}
