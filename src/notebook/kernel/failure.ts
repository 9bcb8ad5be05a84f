import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import path from 'node:path';
import { inspect } from 'node:util';
import type { CellMaps } from './compiler.ts';
import type { Edited, Position } from './edits.ts';
import type { Folders } from './folders.ts';
import { INTERRUPTED } from './interrupt.ts';
import { CELL_FUNCTION } from './pauses.ts';
import { SCOPE } from './scope-edits.ts';
import { awaitOf } from './steps.ts';

/** A failure as the Jupyter protocol has it. */
export interface Failure {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** A type error. */
export interface Diagnostic extends Position {
  /** As it is shown, and in full, where it is not in the cell. */
  readonly file?: string;
  readonly path?: string;
  readonly text: string;
}

/** A cell that ran. */
export interface Cell {
  /** As the user wrote it. */
  readonly source: string;
  /** As it was compiled: magics written out, no `export`. */
  readonly edited: Edited;
  readonly maps: CellMaps;
  /** As it ran. */
  readonly paused: Edited;
}

const red = (text: string): string => `\x1b[31m${text}\x1b[0m`;
const HIDDEN = /tslab[\\/]dist|node:vm|node:internal|src[\\/]notebook[\\/]kernel[\\/]|node_modules[\\/]tsx/;
const MAX_CAUSES = 5;

/** Describes what a cell has thrown. */
export type Describe = (error: unknown) => Failure;

/**
 * Describes what was thrown with a stack in the lines of cells and of `src/`, an excerpt and the causes.
 * @param cells by number
 */
export const errorDescriber =
  (cells: ReadonlyMap<number, Cell>, folders: Folders): Describe =>
  (error) => {
    if (!isErrorLike(error))
      return { ename: 'Thrown', evalue: inspect(error), traceback: [red(`Uncaught ${inspect(error)}`)] };
    if (error.name === INTERRUPTED)
      return { ename: INTERRUPTED, evalue: error.message, traceback: [red(`${INTERRUPTED}: ${error.message}`)] };
    const message = inCellsWords(error);
    const traceback = [`${red(error.name)}: ${message}`, ...stackLines(error, cells, folders)];
    let cause = error.cause;
    for (let n = 0; cause !== undefined && cause !== null && n < MAX_CAUSES; n++) {
      traceback.push(
        isErrorLike(cause) ? `Caused by ${cause.name}: ${inCellsWords(cause)}` : `Caused by ${inspect(cause)}`,
      );
      if (!isErrorLike(cause)) break;
      traceback.push(...stackLines(cause, cells, folders));
      cause = cause.cause;
    }
    for (const one of error instanceof AggregateError ? error.errors : [])
      traceback.push(`  - ${isErrorLike(one) ? inCellsWords(one) : inspect(one)}`);
    return { ename: error.name, evalue: message, traceback };
  };

/**
 * Describes type errors, each with its line and a caret.
 * @param advice what there is to do about an error, by its text
 */
export function describeDiagnostics(
  diagnostics: readonly Diagnostic[],
  source: string,
  advice: (text: string) => readonly string[],
): Failure {
  const traceback = diagnostics.flatMap(({ file, path: full, line, column, text }) => {
    const code = (full ? readLines(full) : source.split('\n'))[line - 1];
    const excerpt =
      code === undefined
        ? []
        : [
            `${String(line).padStart(5)} | ${code}`,
            `${' '.repeat(5)} | ${' '.repeat(Math.max(0, column - 1))}${red('^')}`,
          ];
    return [`${red('TypeScript')} ${file ?? 'cell'}:${line}:${column} ${text}`, ...excerpt];
  });
  traceback.push(...new Set(diagnostics.flatMap((one) => advice(one.text))));
  const [{ file, line, column, text }] = diagnostics;
  return { ename: 'TypeScriptError', evalue: `${file ?? 'cell'}:${line}:${column} ${text}`, traceback };
}

const isErrorLike = (value: unknown): value is Error =>
  value instanceof Error || (typeof value === 'object' && value !== null && 'message' in value && 'stack' in value);

/** A message without the scope that a cell's names are read from: "(0 , exports.f) is not a function". */
const inCellsWords = ({ message }: Error): string =>
  String(message).replace(new RegExp(`\\(0 ?, ${SCOPE}\\.([\\w$]+)\\)|\\b${SCOPE}\\.([\\w$]+)`, 'g'), '$1$2');

function stackLines(error: Error, cells: ReadonlyMap<number, Cell>, { root, notebook }: Folders): string[] {
  const shown: { cell: number; line: number }[] = [];
  const inCell = (cell: number, compiled: Position | undefined): string => {
    const position = compiled && cellPosition(cells.get(cell), compiled);
    if (position) shown.push({ cell, line: position.line });
    return position ? `cell [${cell}]:${position.line}:${position.column}` : `cell [${cell}]`;
  };
  const raw = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  // below a cell's own function stands what runs cells
  const last = raw.findIndex((line) => line.includes(CELL_FUNCTION));
  const frames = (last < 0 ? raw : raw.slice(0, last + 1))
    .filter((line) => !HIDDEN.test(line))
    .map((line) => {
      const short = [root, notebook].reduce(
        (text, folder) => text.replaceAll(`file://${folder}${path.sep}`, '').replaceAll(folder + path.sep, ''),
        line,
      );
      return short
        .replace(/ at (async )?Proxy\./, ' at $1') // names of earlier cells are properties
        .replace(new RegExp(`(?:async )?${CELL_FUNCTION.replaceAll('_', '\\_')} \\((.*)\\)$`), '$1')
        .replace(/cell-(\d+)\.ts:(\d+):(\d+)/, (_, number: string, line: string, column: string) => {
          const cell = Number(number);
          return inCell(cell, cells.get(cell)?.paused.original({ line: Number(line), column: Number(column) }));
        });
    });
  const pause = awaitOf(error);
  if (pause && last < 0) frames.push(`    at async ${inCell(pause.cell, pause)}`);
  if (!shown.length) return frames;
  const [{ cell, line }] = shown;
  const code = cells.get(cell)!.source.split('\n');
  for (let i = Math.max(1, line - 1); i <= Math.min(code.length, line + 1); i++) {
    frames.push(`${i === line ? red('-->') : '   '}${String(i).padStart(4)} | ${code[i - 1]}`);
  }
  return frames;
}

/** A position in a compiled cell → in the cell as the user wrote it. */
function cellPosition(cell: Cell | undefined, position: Position): Position | undefined {
  if (!cell?.maps.length) return undefined;
  let { line, column } = position;
  for (const map of cell.maps) {
    const entry = new SourceMap(JSON.parse(map) as never).findEntry(line - 1, column - 1) as {
      originalLine?: number;
      originalColumn?: number;
    };
    if (entry.originalLine === undefined) return undefined;
    [line, column] = [entry.originalLine + 1, entry.originalColumn! + 1];
  }
  return line > 1 ? cell.edited.original({ line: line - 1, column }) : undefined; // one line stands before the cell (cell-program.ts)
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
