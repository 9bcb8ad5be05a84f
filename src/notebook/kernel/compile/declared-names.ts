import type ts from 'typescript';
import { typescript } from '../tslab.ts';

/** Gives the names that a statement of a cell declares or imports. */
export function declaredNames(statement: ts.Statement): string[] {
  const compiler = typescript();
  if (compiler.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  if (compiler.isImportDeclaration(statement)) return importedNames(statement.importClause);
  const { name } = statement as ts.Statement & { name?: ts.Node };
  return name ? [name.getText()] : [];
}

/** Gives the names in `{ a, b: [c] }`. */
export const boundNames = (name: ts.BindingName): string[] =>
  typescript().isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((one) => (typescript().isBindingElement(one) ? boundNames(one.name) : []));

function importedNames(clause: ts.ImportClause | undefined): string[] {
  const bindings = clause?.namedBindings;
  const named = !bindings
    ? []
    : typescript().isNamespaceImport(bindings)
      ? [bindings.name.text]
      : bindings.elements.map(({ name }) => name.text);
  return [...(clause?.name ? [clause.name.text] : []), ...named];
}
