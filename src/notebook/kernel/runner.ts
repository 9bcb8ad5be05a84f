import vm from 'node:vm';
import { bundleOf, ownBundle } from '../bundle.ts';
import type { CellContext } from './cell-context.ts';
import type { Compiler } from './compiler.ts';
import { applyEdits, type Edited } from './edits.ts';
import { type Cell, describeDiagnostics, type Describe, type Failure } from './failure.ts';
import { type HelpRequest, parseHelp } from './help.ts';
import { timeCell, writeCellFile } from './magic-functions.ts';
import { cellMagic, magicEdits } from './magics.ts';
import { CELL_FUNCTION, type Pause, pauseAtAwaits } from './pauses.ts';
import { shorthandEdits } from './shorthand.ts';
import { runSteps, waitFor, wasBrokenOff } from './steps.ts';

/** Compiles and runs cells, one after the other. */
export interface Runner {
  /** Runs a cell and shows the value of its last expression; says why it failed, if it did. */
  run(source: string, cell: CellContext): Promise<Failure | undefined>;
  /** The values of names that cells have declared or imported. */
  readonly variables: Record<string, unknown>;
}

export interface RunnerOptions {
  readonly compiler: Compiler;
  /** Where what has been compiled is kept by its cell's number, for the lines of stacks. */
  readonly cells: Map<number, Cell>;
  readonly require: (specifier: string) => unknown;
  /** Loads again what was edited. */
  readonly refresh: () => void;
  /** Deals with what a step that Stop broke off has left behind. */
  readonly brokenOff: () => void;
  readonly describe: Describe;
  /** What there is to do about a type error, by its text. */
  readonly advice: (text: string) => readonly string[];
  /** Shows help, and says so where there is none. */
  readonly explain: (asked: HelpRequest, cell: CellContext) => Failure | undefined;
}

/**
 * Runs cells in place of tslab's executor, which gives up an interrupted cell but lets its code run on.
 */
export function createRunner({
  compiler,
  cells,
  require,
  refresh,
  brokenOff,
  describe,
  advice,
  explain,
}: RunnerOptions): Runner {
  const variables: Record<string, unknown> = {};
  const scope = cellScope(variables);
  const run = async (source: string, cell: CellContext): Promise<Failure | undefined> => {
    const { number, stop } = cell;
    const edited = prepare(source, (name) => name in variables);
    const compiled = compiler.compile(edited.text);
    if (compiled.diagnostics.length) {
      const own = compiled.diagnostics.map((one) => (one.file ? one : { ...one, ...edited.original(one) }));
      return describeDiagnostics(own, source, advice);
    }
    const paused = pauseAtAwaits(compiled.code);
    cells.set(number, { source, edited, maps: compiled.maps, paused });
    const code = `(function* ${CELL_FUNCTION}(exports, require) { ${paused.text}\n})`;
    await new Promise(setImmediate); // Stop, pressed while the compiler was busy, is heard here
    stop.signal.throwIfAborted();
    const start = vm.runInThisContext(code, { filename: `cell-${number}.ts` }) as (
      exports: unknown,
      require: unknown,
    ) => Generator<Pause, void, unknown>;
    await runSteps(start(scope, require), cell);
    const { lastValue } = compiled;
    if (lastValue) {
      const value = await waitFor(variables[lastValue], stop);
      delete variables[lastValue];
      if (value !== undefined && value !== null) cell.result(await waitFor(ownBundle(value) ?? bundleOf(value), stop));
    }
    await waitFor(Promise.all(cell.held), stop);
    stop.signal.throwIfAborted(); // what it declared has its values, but what was to come after it shall not run
    return undefined;
  };
  return {
    variables,
    async run(source, cell) {
      try {
        refresh();
        const asked = parseHelp(source);
        if (asked) return explain(asked, cell);
        const magic = cellMagic(source);
        if (magic?.kind === 'writefile') return void writeCellFile(magic);
        return await (magic ? timeCell(() => run(source, cell)) : run(source, cell));
      } catch (error) {
        if (wasBrokenOff(error)) brokenOff();
        const { signal } = cell.stop;
        const stopped = signal.aborted && (wasBrokenOff(error) || (error as Error | undefined)?.name === 'AbortError');
        return describe(stopped ? signal.reason : error);
      }
    },
  };
}

/** A cell as it is compiled: magics written as TypeScript, shorthand properties in full. */
function prepare(source: string, isName: (name: string) => boolean): Edited {
  const magic = cellMagic(source);
  const plain = applyEdits(source, [...(magic?.kind === 'time' ? [magic.rest] : []), ...magicEdits(source, isName)]);
  const whole = applyEdits(plain.text, shorthandEdits(plain.text));
  return { text: whole.text, original: (position) => plain.original(whole.original(position)) };
}

/**
 * The `exports` of every cell. TypeScript defines what is imported with a getter; here it becomes a plain value, which
 * a later cell can assign.
 */
function cellScope(variables: Record<string, unknown>): object {
  return new Proxy(variables, {
    defineProperty(_, name, { get, value }) {
      if (name !== '__esModule') variables[name as string] = get ? get() : value;
      return true;
    },
  });
}
