import type ts from 'typescript';
import { typescript } from './tslab.ts';

/** A cell's source as it is compiled, and the way back. */
export interface Expanded {
  readonly source: string;
  /** A column of the compiled source → the cell's own; lines are the same, both count from 1. */
  column(line: number, column: number): number;
}

/**
 * Writes `{ seed }` as `{ seed: seed }`. tslab turns the names of earlier cells into properties of its own object, but
 * overlooks those in shorthand properties, which then are not defined.
 */
export function expandShorthand(source: string): Expanded {
  const compiler = typescript();
  const file = compiler.createSourceFile('cell.ts', source, compiler.ScriptTarget.Latest, true);
  const insertions: { at: number; line: number; column: number; text: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (compiler.isShorthandPropertyAssignment(node)) {
      const at = node.name.getEnd();
      const { line, character } = file.getLineAndCharacterOfPosition(at);
      insertions.push({ at, line: line + 1, column: character + 1, text: `: ${node.name.text}` });
    }
    compiler.forEachChild(node, visit);
  };
  visit(file);
  let expanded = source;
  for (const { at, text } of [...insertions].reverse()) expanded = expanded.slice(0, at) + text + expanded.slice(at);
  return {
    source: expanded,
    column(line, column) {
      let own = column;
      for (const insertion of insertions) {
        if (insertion.line === line && insertion.column < own) own = Math.max(insertion.column, own - insertion.text.length);
      }
      return own;
    },
  };
}
