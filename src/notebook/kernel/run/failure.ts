import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import path from 'node:path';
import { inspect } from 'node:util';
import type { CellMaps } from '../compile/compiler.ts';
import type { Edited, Position } from '../compile/edits.ts';
import type { Folders } from '../modules/folders.ts';
import { INTERRUPTED } from './interrupt.ts';
import { CELL_FUNCTION } from '../compile/pauses.ts';
import { SCOPE } from '../compile/scope-edits.ts';
import { awaitOf } from './steps.ts';

/** A failure as the Jupyter protocol describes it. */
export interface CellFailure {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** A type error. */
export interface Diagnostic extends Position {
  /** The file as it is shown, and its full path, if the error is not in the cell. */
  readonly file?: string;
  readonly path?: string;
  readonly text: string;
}

/** A cell that has run. */
export interface Cell {
  /** The code as the user wrote it. */
  readonly source: string;
  /** The code as it was compiled: magics written out, no `export`. */
  readonly edited: Edited;
  readonly maps: CellMaps;
  /** The code as it ran. */
  readonly paused: Edited;
}

const red = (text: string): string => `\x1b[31m${text}\x1b[0m`;
const KERNEL = /src[\\/]notebook[\\/]kernel[\\/]/;
const CONTROLS = /src[\\/]notebook[\\/]widgets[\\/](control|interact)\./; // they call the handlers of cells
const HIDDEN = new RegExp(
  `tslab[\\\\/]dist|node:vm|node:internal|node:async_hooks|${KERNEL.source}|${CONTROLS.source}|node_modules[\\\\/]tsx`,
);
const MAX_CAUSES = 5;

/** Describes what a cell has thrown. */
export type Describe = (error: unknown) => CellFailure;

/**
 * Describes a thrown error with a stack in the lines of cells and of `src/`, an excerpt and the causes.
 * @param cells the cells by number
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
 * @param advice says what to do about an error, by its text
 */
export function describeDiagnostics(
  diagnostics: readonly Diagnostic[],
  source: string,
  advice: (text: string) => readonly string[],
): CellFailure {
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

/** Writes a message with the cell's own names, not "(0 , scope.f) is not a function". */
const inCellsWords = ({ message }: Error): string => withoutScope(String(message));

/** Removes from a text the scope that a cell's names are read from. */
export const withoutScope = (text: string): string =>
  text.replace(new RegExp(`\\(0 ?, ${SCOPE}\\.([\\w$]+)\\)|\\b${SCOPE}\\.([\\w$]+)`, 'g'), '$1$2');

/** Gives the lines of an error's stack, then the lines of the cell around its first own frame. */
function stackLines(error: Error, cells: ReadonlyMap<number, Cell>, folders: Folders): string[] {
  const frames = readableFrames(error, framesOf(error.stack), cells, folders);
  const [, number, line] = frames.map((frame) => /cell \[(\d+)\]:(\d+):/.exec(frame)).find(Boolean) ?? [];
  const code = cells.get(Number(number))?.source.split('\n') ?? [];
  const excerpt = Array.from({ length: line ? 3 : 0 }, (_, i) => Number(line) - 1 + i).filter(
    (n) => code[n - 1] !== undefined,
  );
  return [
    ...frames,
    ...excerpt.map((n) => `${n === Number(line) ? red('-->') : '   '}${String(n).padStart(4)} | ${code[n - 1]}`),
  ];
}

const framesOf = (stack: unknown): string[] =>
  String(stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line));

/**
 * Rewrites a stack's frames, each a line, in the lines of cells and of `src/`, without the kernel's own, and adds the
 * await of a cell that the error came through. Frames already in that form stay. An error of the kernel itself keeps
 * all.
 */
export function readableFrames(
  error: Error,
  raw: readonly string[],
  cells: ReadonlyMap<number, Cell>,
  { root, project, notebook }: Folders,
): string[] {
  // below a cell's own function is the code that runs cells
  const last = raw.findIndex((line) => line.includes(CELL_FUNCTION));
  const own = (last < 0 ? raw : raw.slice(0, last + 1)).filter((line) => !HIDDEN.test(line));
  const frames = (own.length || !KERNEL.test(raw[0] ?? '') ? own : raw).map((line) =>
    [root, project, notebook]
      .reduce(
        (text, folder) => text.replaceAll(`file://${folder}${path.sep}`, '').replaceAll(folder + path.sep, ''),
        line,
      )
      .replace(/ at (async )?Proxy\./, ' at $1') // names of earlier cells are properties
      .replace(new RegExp(`(?:async )?${CELL_FUNCTION.replaceAll('_', '\\_')} \\((.*)\\)$`), '$1')
      .replace(/cell-(\d+)\.ts:(\d+):(\d+)/, (_, number: string, line: string, column: string) => {
        const cell = cells.get(Number(number));
        return inCell(Number(number), cell, cell?.paused.original({ line: Number(line), column: Number(column) }));
      }),
  );
  const pause = awaitOf(error);
  if (!pause) return frames;
  const where = inCell(pause.cell, cells.get(pause.cell), pause);
  // if a stack reaches down to the cell, its last frame is already in this line
  return frames.at(-1)?.includes(where.replace(/\d+$/, '')) ? frames : [...frames, `    at async ${where}`];
}

/** Writes a position as "cell [3]:2:5". @param compiled the position in the compiled cell */
function inCell(number: number, cell: Cell | undefined, compiled: Position | undefined): string {
  const position = compiled && cellPosition(cell, compiled);
  return position ? `cell [${number}]:${position.line}:${position.column}` : `cell [${number}]`;
}

/** Converts a position in a compiled cell to one in the cell as the user wrote it. */
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
  return line > 1 ? cell.edited.original({ line: line - 1, column }) : undefined; // HEAD is one line (cell-program.ts)
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
