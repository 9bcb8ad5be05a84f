import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import path from 'node:path';
import { inspect } from 'node:util';
import type { CellMaps } from './compiler.ts';
import { INTERRUPTED } from './interrupt.ts';
import type { Expanded } from './shorthand.ts';

/** A failure as the Jupyter protocol has it. */
export interface Failure {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** A type error that tslab reports: file ('' for the cell), line and column from 1, text. */
export type Diagnostic = readonly [file: string, line: number, column: number, text: string];

/** Compiled cells by number. */
export type Cells = ReadonlyMap<number, Cell>;

export interface Cell {
  /** As the user wrote it. */
  readonly source: string;
  readonly maps: CellMaps;
  readonly expanded: Expanded;
}

const red = (text: string): string => `\x1b[31m${text}\x1b[0m`;
const HIDDEN = /tslab[\\/]dist|node:vm|node:internal|src[\\/]notebook[\\/]kernel[\\/]|node_modules[\\/]tsx/;
const MAX_CAUSES = 5;

/**
 * What was thrown, with a stack in the lines of cells and of `src/`, an excerpt and the causes. tslab prints failures as
 * plain text with the compiled JavaScript's lines, and sends no `error` message, so that "Run All" goes on.
 * @param root the project's folder
 */
export function describeError(error: unknown, cells: Cells, root: string): Failure {
  if (!isErrorLike(error)) return { ename: 'Thrown', evalue: inspect(error), traceback: [red(`Uncaught ${inspect(error)}`)] };
  const code = (error as NodeJS.ErrnoException).code;
  if (error.name === INTERRUPTED || error.message === 'Interrupted asynchronously' || code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') {
    return { ename: INTERRUPTED, evalue: 'the cell was interrupted', traceback: [red('Interrupted: the cell was interrupted')] };
  }
  const traceback = [`${red(error.name)}: ${error.message}`, ...stackLines(error, cells, root)];
  let cause = error.cause;
  for (let n = 0; cause !== undefined && cause !== null && n < MAX_CAUSES; n++) {
    traceback.push(isErrorLike(cause) ? `Caused by ${cause.name}: ${cause.message}` : `Caused by ${inspect(cause)}`);
    if (!isErrorLike(cause)) break;
    traceback.push(...stackLines(cause, cells, root));
    cause = cause.cause;
  }
  for (const one of error instanceof AggregateError ? error.errors : []) traceback.push(`  - ${isErrorLike(one) ? one.message : inspect(one)}`);
  return { ename: error.name, evalue: error.message, traceback };
}

/** Type errors, each with its line and a caret. */
export function describeDiagnostics(diagnostics: readonly Diagnostic[], source: string, root: string): Failure {
  const traceback = diagnostics.flatMap(([file, line, column, text]) => {
    const code = (file ? readLines(path.resolve(root, file.trim())) : source.split('\n'))[line - 1];
    const excerpt = code === undefined ? [] : [`${String(line).padStart(5)} | ${code}`, `${' '.repeat(5)} | ${' '.repeat(Math.max(0, column - 1))}${red('^')}`];
    return [`${red('TypeScript')} ${file.trim() || 'cell'}:${line}:${column} ${text}`, ...excerpt];
  });
  const [file, line, column, text] = diagnostics[0];
  return { ename: 'TypeScriptError', evalue: `${file.trim() || 'cell'}:${line}:${column} ${text}`, traceback };
}

const isErrorLike = (value: unknown): value is Error =>
  value instanceof Error || (typeof value === 'object' && value !== null && 'message' in value && 'stack' in value);

function stackLines(error: Error, cells: Cells, root: string): string[] {
  let shown: { cell: number; line: number } | undefined;
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !HIDDEN.test(line))
    .map((line) => line.replaceAll(`file://${root}${path.sep}`, '').replaceAll(root + path.sep, ''))
    .map((line) =>
      line.replace(/cell-(\d+)\.ts:(\d+):(\d+)/, (_, cell: string, a: string, b: string) => {
        const position = cellPosition(cells.get(Number(cell)), Number(a), Number(b));
        if (position) shown ??= { cell: Number(cell), line: position.line };
        return position ? `cell [${cell}]:${position.line}:${position.column}` : `cell [${cell}]`;
      }),
    )
    .filter((line) => !/^\s+at cell \[\d+\]$/.test(line)); // the function around a cell
  if (!shown) return frames;
  const code = cells.get(shown.cell)!.source.split('\n');
  for (let i = Math.max(1, shown.line - 1); i <= Math.min(code.length, shown.line + 1); i++) {
    frames.push(`${i === shown.line ? red('-->') : '   '}${String(i).padStart(4)} | ${code[i - 1]}`);
  }
  return frames;
}

/** A position in the JavaScript that ran → line and column in the cell, from 1. */
function cellPosition(cell: Cell | undefined, line: number, column: number): { line: number; column: number } | undefined {
  const maps = cell?.maps ?? [];
  let [l, c] = [line - 1, column - 1];
  for (const map of maps) {
    const entry = new SourceMap(JSON.parse(map) as never).findEntry(l, c) as { originalLine?: number; originalColumn?: number };
    if (entry.originalLine === undefined) return undefined;
    [l, c] = [entry.originalLine, entry.originalColumn!];
  }
  return cell && maps.length && l >= 1 ? { line: l, column: cell.expanded.column(l, c + 1) } : undefined; // tslab puts one line before the cell
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
