import type ts from 'typescript';
import type { Edit } from './edits.ts';
import { typescript } from '../tslab.ts';

/**
 * Removes `export` from a cell, since its names are the notebook's anyway: `export const a = 1` → `const a = 1`,
 * `export default 5` → `5`, `export { a } from 'm'` → `import { a } from 'm'`.
 */
export function exportEdits(source: string): Edit[] {
  if (!source.includes('export')) return [];
  const compiler = typescript();
  const { SyntaxKind } = compiler;
  const file = compiler.createSourceFile('cell.ts', source, compiler.ScriptTarget.Latest, true);
  return file.statements.flatMap((one): Edit[] => {
    const cut = (from: number, to: number, text = ''): Edit => ({ at: from, length: to - from, text });
    if (compiler.isExportAssignment(one)) return [cut(one.getStart(), one.expression.getStart())];
    if (compiler.isExportDeclaration(one)) {
      const { exportClause, moduleSpecifier } = one;
      if (!moduleSpecifier) return [cut(one.getStart(), one.end)];
      const keyword = cut(one.getStart(), one.getStart() + 'export'.length, 'import');
      return exportClause ? [keyword] : [cut(one.getStart(), moduleSpecifier.getStart(), 'import ')];
    }
    const isNameless = !(one as ts.Statement & { name?: ts.Node }).name && !compiler.isVariableStatement(one);
    const modifiers = compiler.canHaveModifiers(one) ? (compiler.getModifiers(one) ?? []) : [];
    return modifiers.flatMap((modifier) => {
      const { kind, end } = modifier;
      if (kind === SyntaxKind.ExportKeyword) return cut(modifier.getStart(), end);
      if (kind !== SyntaxKind.DefaultKeyword) return [];
      return isNameless
        ? [cut(modifier.getStart(), end, '('), cut(one.end, one.end, ')')]
        : cut(modifier.getStart(), end);
    });
  });
}
