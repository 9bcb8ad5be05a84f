import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/**
 * Follows static imports from some files of `src/`, as they are left at run time.
 * @returns for each package that is reached, the files on the way to it
 */
export function packagesReached(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const from = new Map<string, string | undefined>(files.map((file) => [path.resolve(file), undefined]));
  const reached = new Map<string, string[]>();
  for (const file of from.keys()) {
    for (const name of importsOf(file)) {
      if (!name.startsWith('.')) {
        const way: string[] = [];
        for (let at: string | undefined = file; at; at = from.get(at)) way.push(path.relative('src', at));
        if (!reached.has(name)) reached.set(name, way.reverse());
        continue;
      }
      const next = path.resolve(path.dirname(file), name);
      if (!from.has(next)) from.set(next, file);
    }
  }
  return reached;
}

function importsOf(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    if (!statement.moduleSpecifier || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
    return isType(statement) ? [] : [statement.moduleSpecifier.text];
  });
}

function isType(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(statement)) return statement.isTypeOnly;
  const { importClause: clause } = statement;
  const named = clause?.namedBindings;
  return Boolean(
    clause?.isTypeOnly ||
    (clause && !clause.name && named && ts.isNamedImports(named) && named.elements.every((one) => one.isTypeOnly)),
  );
}
