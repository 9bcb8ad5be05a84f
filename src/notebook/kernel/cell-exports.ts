import type ts from 'typescript';
import type { Edit } from './edits.ts';
import { typescript } from './tslab.ts';

/**
 * Takes `export` out of a cell, whose names are the notebook's anyway: `export const a = 1` → `const a = 1`,
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
    const modifiers = compiler.canHaveModifiers(one) ? (compiler.getModifiers(one) ?? []) : [];
    const exported = modifiers
      .filter(({ kind }) => kind === SyntaxKind.ExportKeyword || kind === SyntaxKind.DefaultKeyword)
      .map((modifier) => cut(modifier.getStart(), modifier.end));
    const isNameless = exported.length > 1 && !(one as { name?: ts.Node }).name;
    return isNameless ? [...exported, cut(exported[1].at, exported[1].at, '('), cut(one.end, one.end, ')')] : exported;
  });
}
