import type ts from 'typescript';
import { applyEdits, type Edit, type Edited } from './edits.ts';
import { typescript } from '../tslab.ts';

/** What a cell yields when it awaits: the await's line and column in the compiled cell, from 1, and what it awaits. */
export type Pause = readonly [line: number, column: number, awaited: unknown];

/** The function that a cell's code runs in; its name identifies the cell's frame in a stack. */
export const CELL_FUNCTION = '__graftCell__';

/**
 * Gives a promise that rejects, if the cell was stopped, else nothing; asked before every await in functions of cells.
 */
export const STOPPED = '__graftStopped__';

/** Turns an async iterable into a plain one, whose items are promises of its results. */
export const RESULTS = '__graftResults__';

/**
 * Turns a cell into a generator that yields wherever the cell awaits, so that its code runs in steps between awaits.
 * Stop can break off each step even if it never yields, and nothing of a stopped cell runs on unseen. In functions that
 * the cell declares, awaits remain and only ask first whether the calling cell was stopped.
 * @param code a cell's compiled JavaScript
 */
export const pauseAtAwaits = (code: string): Edited => applyEdits(code, pauseEdits(code));

/** Gives the edits of {@link pauseAtAwaits}; in functions they only insert and replace nothing. */
export function pauseEdits(code: string): Edit[] {
  const ts = typescript();
  const head = 'async () => {'; // so that `await` parses as the keyword
  const file = ts.createSourceFile('cell.js', `${head}${code}\n}`, ts.ScriptTarget.Latest, true);
  const edits: Edit[] = [];
  const replace = (from: number, to: number, text: string): void =>
    void edits.push({ at: from - head.length, length: to - from, text });
  const position = (node: ts.Node): string => {
    const { line, character } = file.getLineAndCharacterOfPosition(node.getStart());
    return `${line + 1}, ${character + 1 - (line ? 0 : head.length)}`;
  };
  const visit = (node: ts.Node, inFunction: boolean): void => {
    if (ts.isAwaitExpression(node)) {
      if (inFunction) replace(node.expression.getStart(), node.expression.getStart(), `(${STOPPED}() ?? (`);
      else replace(node.getStart(), node.expression.getStart(), `(yield [${position(node)}, `);
      visit(node.expression, inFunction);
      replace(node.end, node.end, inFunction ? '))' : '])');
    } else if (ts.isForOfStatement(node) && node.awaitModifier) {
      if (inFunction) {
        ts.forEachChild(node, (child) => {
          if (child === node.statement) replace(child.getStart(), child.getStart(), `{ await ${STOPPED}(); `);
          visit(child, true);
        });
        replace(node.end, node.end, ' }');
      } else forAwait(node);
    } else
      ts.forEachChild(node, (child) =>
        visit(child, inFunction || ts.isFunctionLike(node) || ts.isPropertyDeclaration(node)),
      );
  };
  /**
   * for await (const x of xs) … → for (const promise of results(xs)) { const result = (yield promise); …; const x =
   * result.value; … }
   */
  const forAwait = (node: ts.ForOfStatement): void => {
    const { initializer, expression, statement } = node;
    const name = initializer.getText();
    const take = ts.isVariableDeclarationList(initializer)
      ? `${name} = __result__.value;`
      : `(${name} = __result__.value);`;
    const wait = `const __result__ = (yield [${position(node)}, __promise__]); if (__result__.done) break; ${take} `;
    replace(node.getStart(), expression.getStart(), `for (const __promise__ of ${RESULTS}(`);
    visit(expression, false);
    replace(expression.end, expression.end, ')');
    replace(statement.getStart(), statement.getStart(), `{ ${wait}`);
    visit(statement, false);
    replace(node.end, node.end, ' }');
  };
  const arrow = (file.statements[0] as ts.ExpressionStatement).expression as ts.ArrowFunction;
  ts.forEachChild(arrow.body, (statement) => visit(statement, false));
  return edits;
}
