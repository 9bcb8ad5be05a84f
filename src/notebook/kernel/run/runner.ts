import vm from 'node:vm';
import { bundleOf, ownBundle } from '../../show/bundle.ts';
import type { CellContext } from './cell-context.ts';
import type { CellModules, Loaded } from '../modules/cell-require.ts';
import type { Compiler } from '../compile/compiler.ts';
import { exportEdits } from '../compile/cell-exports.ts';
import { BIND, IMPORT, LOAD, META } from '../modules/cell-modules.ts';
import { applyFurther, type Edited } from '../compile/edits.ts';
import { type Cell, describeDiagnostics, type Describe, type CellFailure } from './failure.ts';
import { type HelpRequest, parseHelp } from '../assist/help.ts';
import { isPending } from './last-value.ts';
import { timeCell, writeCellFile } from './magic-functions.ts';
import { cellMagic, magicsWritten } from '../compile/magics.ts';
import { bindImport, notebookScope, type NotebookScope } from './notebook-scope.ts';
import { CELL_FUNCTION, type Pause, pauseAtAwaits } from '../compile/pauses.ts';
import { SCOPE, scopeEdits } from '../compile/scope-edits.ts';
import { hearInterrupt, runSteps, waitFor, waitForSignals, wasBrokenOff } from './steps.ts';

/** Compiles and runs cells, one after the other. */
export interface Runner {
  /** Runs a cell and shows the value of its last expression; says why it failed, if it did. */
  run(source: string, cell: CellContext): Promise<CellFailure | undefined>;
  /** The values of names that cells have declared or imported. */
  readonly variables: NotebookScope;
}

export interface RunnerOptions {
  readonly compiler: Compiler;
  /** Compiled cells by number, for the lines of stacks. */
  readonly cells: Map<number, Cell>;
  readonly modules: CellModules;
  /** Loads edited modules again, before a cell. */
  readonly refresh: (source: string) => Promise<void>;
  /** Called when Stop broke off a step, since the interrupt may not have been heard otherwise. */
  readonly brokenOff: () => void;
  /** Forgets modules that Stop kept from loading completely. */
  readonly forgetHalfLoaded: () => void;
  readonly describe: Describe;
  /** Says what to do about a type error, by its text. */
  readonly advice: (text: string) => readonly string[];
  /** Shows help, and says so if there is none. */
  readonly explain: (asked: HelpRequest, cell: CellContext) => CellFailure | undefined;
}

/** Runs cells in place of tslab's executor, which gives up an interrupted cell but lets its code run on. */
export function createRunner({
  compiler,
  cells,
  modules,
  refresh,
  brokenOff,
  forgetHalfLoaded,
  describe,
  advice,
  explain,
}: RunnerOptions): Runner {
  const setBy = new Map<string, number>(); // name → the cell that declared it last
  const ends = new Map<number, string>(); // cell → how it ended, if not well
  const variables = notebookScope((name) => {
    const cell = setBy.get(name);
    return cell === undefined ? undefined : `cell [${cell}] ${ends.get(cell) ?? 'has not reached it yet'}`;
  });
  const bind = (name: string, specifier: string, exported: string, module: Loaded): void =>
    bindImport(variables, name, { specifier, exported, read: () => module.read(exported) });
  const run = async (source: string, cell: CellContext): Promise<CellFailure | undefined> => {
    const { number, stop } = cell;
    const edited = prepare(source, (name) => name in variables);
    const compiled = compiler.compile(edited.text);
    if (compiled.diagnostics.length) {
      const own = compiled.diagnostics.map((one) => (one.file ? one : { ...one, ...edited.original(one) }));
      return describeDiagnostics(own, source, advice);
    }
    const pausing = pauseAtAwaits(compiled.code);
    const paused = applyFurther(pausing, scopeEdits(pausing.text, compiled.names, compiled.earlier));
    cells.set(number, { source, edited, maps: compiled.maps, paused });
    const head = `(function* ${CELL_FUNCTION}(${SCOPE}, ${LOAD}, ${BIND}, ${IMPORT}, ${META}, require, exports) { `;
    const code = `${head}${paused.text}\n})`;
    for (const name of compiled.names) setBy.set(name, number);
    await new Promise(setImmediate);
    await waitForSignals();
    hearInterrupt(); // Stop was pressed while the compiler was busy
    stop.signal.throwIfAborted();
    const start = vm.runInThisContext(code, { filename: `cell-${number}.ts`, columnOffset: -head.length }) as (
      ...given: unknown[]
    ) => Generator<Pause, unknown, unknown>;
    const { load, dynamicImport, meta, require } = modules;
    const ended = await runSteps(start(variables, load, bind, dynamicImport, meta, require, variables), cell);
    const value = isPending(ended.value) ? await waitFor(ended.value, stop) : ended.value;
    if (value !== undefined && value !== null) cell.result(await waitFor(ownBundle(value) ?? bundleOf(value), stop));
    // what it waits for may add more
    for (let waited = 0; waited < cell.held.length;) {
      waited = cell.held.length;
      await waitFor(Promise.all(cell.held), stop);
    }
    stop.signal.throwIfAborted(); // its declarations have their values, but nothing after it may run
    return undefined;
  };
  return {
    variables,
    async run(source, cell) {
      try {
        await waitFor(refresh(source), cell.stop);
        const asked = parseHelp(source, (name) => name in variables);
        if (asked) return explain(asked, cell);
        const magic = cellMagic(source);
        if (magic?.kind === 'writefile') return void writeCellFile(magic);
        return await (magic ? timeCell(() => run(source, cell)) : run(source, cell));
      } catch (error) {
        const { signal } = cell.stop;
        if (wasBrokenOff(error)) brokenOff();
        if (signal.aborted) forgetHalfLoaded();
        const stopped = signal.aborted && (wasBrokenOff(error) || (error as Error | undefined)?.name === 'AbortError');
        ends.set(cell.number, `${signal.aborted ? 'was stopped' : 'failed'} before it was set`);
        return describe(stopped ? signal.reason : error);
      }
    },
  };
}

/** Prepares a cell for compilation: magics written as TypeScript, no `export`. */
function prepare(source: string, isName: (name: string) => boolean): Edited {
  const plain = magicsWritten(source, isName);
  return applyFurther(plain, exportEdits(plain.text));
}
