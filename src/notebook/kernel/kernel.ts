import { type ElementLike, elementHtml } from '../display.ts';
import { setNotebookHost } from '../../host/host.ts';
import { configureCompiler } from './compiler.ts';
import { type Cell, describeDiagnostics, describeError, type Diagnostic, type Failure } from './failure.ts';
import { createInterrupts, guardAwaits } from './interrupt.ts';
import { startNativeLog } from './native-log.ts';
import { createReloader } from './reload.ts';
import { type Expanded, expandShorthand } from './shorthand.ts';
import { createHandler, createServer } from './server.ts';
import { type Converted, type Converter, loadTslab, type WriteDisplay } from './tslab.ts';

const ORPHAN_CHECK_MS = 2000;
/** What an interrupted cell that listens to its signal gets to end by itself: a batch in flight takes a second or two. */
const GRACE_MS = 20_000;

/** Starts the Jupyter kernel in the current folder, the project's root: tslab's, with what this folder mends. */
export function startKernel(connectionFile: string): void {
  const root = process.cwd();
  const log = startNativeLog(`${connectionFile}.log`);
  const compiler = configureCompiler(root);
  const tslab = loadTslab();
  const reloader = createReloader(root);
  const interrupts = createInterrupts();

  const cells = new Map<number, Cell>();
  let cell = 0;
  let running = false;
  let ending: NodeJS.Timeout | undefined;
  let source = '';
  let expanded: Expanded | undefined;
  let failure: Failure | undefined;
  let diagnostics: Diagnostic[] = [];
  let writeDisplay: WriteDisplay | undefined;

  setNotebookHost({
    display: (data, { id, update = false } = {}) => writeDisplay?.({ data, metadata: {}, transient: id ? { display_id: id } : {} }, update),
    get signal() {
      return interrupts.signal;
    },
  });

  const compile = tslab.createConverter({ isJS: false, isBrowser: false });
  const converter = keepDeclarations(compile, (text) => {
    const own = expandShorthand(text);
    expanded = own;
    return own.source;
  }, (converted) => {
    // tslab overlooks `for await` at top level
    if (/\bfor\s+await\b/.test(source)) converted.hasToplevelAwait = true;
    converted.output = `${guardAwaits(converted.output!, cell)}\n//# sourceURL=cell-${cell}.ts`;
    cells.set(cell, { source, maps: compiler.lastMaps(), expanded: expanded! });
  }); // prettier-ignore

  const executor = tslab.createExecutor(
    root,
    { node: converter, browser: converter, close: () => compile.close() },
    {
      // tslab prints the value of a cell's last expression with this
      log: (value) => (showRich(value, writeDisplay) ? undefined : console.log(value)),
      // and reports a failure with this: a type error, or what was thrown
      error(first, ...rest) {
        if (typeof first === 'string' && first.startsWith('%s%d:%d') && rest.length === 4) {
          const [file, line, column, message] = rest as unknown as Diagnostic;
          diagnostics.push([file, line, file || !expanded ? column : expanded.column(line, column), message]);
        } else failure = describeError(first, cells, root);
      },
    },
  );
  const execute = executor.execute.bind(executor);
  executor.execute = async (text) => {
    cell++;
    source = text;
    failure = undefined;
    diagnostics = [];
    interrupts.begin(cell);
    log.mark();
    if (cell === 1 && log.lastWords)
      console.warn(`The kernel before this one was killed or crashed (memory, a native library). Its log ended with:\n${log.lastWords}`);
    let ok = false;
    running = true;
    try {
      reloader.refresh();
      ok = await execute(text);
      reloader.note(text);
    } catch (error) {
      failure = describeError(error, cells, root); // of the compiler itself
    }
    running = false;
    clearTimeout(ending);
    ending = undefined;
    if (diagnostics.length) failure = describeDiagnostics(diagnostics, source, root);
    const native = ok ? '' : log.sinceMark().trim();
    if (native && failure) failure = { ...failure, traceback: [...failure.traceback, `Native libraries wrote in the meantime:\n${native}`] };
    return ok;
  };

  const handler = createHandler(tslab, executor, (display) => (writeDisplay = display));
  const unknown: Failure = { ename: 'Error', evalue: 'unknown', traceback: ['the cell failed without saying why'] };
  const server = createServer({ tslab, handler, connectionFile, takeFailure: () => failure ?? unknown });

  process.on('SIGINT', () => {
    if (!running) return;
    interrupts.interrupt();
    // a cell that does not listen, or a second press: it is given up, and its next await throws
    if (ending || !interrupts.listening) executor.interrupt();
    else ending = setTimeout(() => executor.interrupt(), GRACE_MS);
  });
  const report = (error: unknown): void => console.error(describeError(error, cells, root).traceback.join('\n'));
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
  process.on('SIGTERM', () => process.exit(143));
  // Jupyter has gone: go as well
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.exit(0), ORPHAN_CHECK_MS).unref();
  void server.init();
}

/** tslab forgets what a failed or interrupted cell has declared, though the variables hold their values; this keeps it. */
function keepDeclarations(compile: Converter, prepare: (source: string) => string, onCompiled: (converted: Converted) => void): Converter {
  let declarations = '';
  return {
    inspect: (_, ...rest) => compile.inspect(declarations, ...rest),
    complete: (_, ...rest) => compile.complete(declarations, ...rest),
    close: () => compile.close(),
    convert(_, source) {
      const converted = compile.convert(declarations, prepare(source));
      if (!converted.diagnostics.length) declarations = converted.declOutput ?? '';
      converted.sideOutputs = undefined; // project files are loaded by tsx
      if (converted.output) onCompiled(converted);
      return converted;
    },
  };
}

/** Shows elements, and objects that know how to show themselves (Deno's convention, `Symbol.for('Jupyter.display')`). */
function showRich(value: unknown, display: WriteDisplay | undefined): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const own = (value as Record<symbol, unknown>)[Symbol.for('Jupyter.display')];
  const html = (value as { outerHTML?: unknown }).outerHTML;
  const data =
    typeof own === 'function'
      ? (own.call(value) as object)
      : typeof html === 'string'
        ? { 'text/html': elementHtml(value as ElementLike), 'text/plain': `[${value.constructor.name}]` }
        : undefined;
  if (!data) return false;
  display?.({ data, metadata: {}, transient: {} }, false);
  return true;
}
