import type ts from 'typescript';
import type { Edit } from './edits.ts';
import { typescript } from './tslab.ts';

/**
 * Writes `{ seed }` as `{ seed: seed }`. tslab turns the names of earlier cells into properties of its own object, but
 * overlooks those in shorthand properties, which then are not defined.
 * @param source a cell
 */
export function shorthandEdits(source: string): Edit[] {
  const compiler = typescript();
  const edits: Edit[] = [];
  const visit = (node: ts.Node): void => {
    if (compiler.isShorthandPropertyAssignment(node))
      edits.push({ at: node.name.getEnd(), text: `: ${node.name.text}` });
    compiler.forEachChild(node, visit);
  };
  visit(compiler.createSourceFile('cell.ts', source, compiler.ScriptTarget.Latest, true));
  return edits;
}
