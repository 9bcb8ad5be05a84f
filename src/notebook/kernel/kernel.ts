import path from 'node:path';
import { setNotebookHost } from '../../host/host.ts';
import { hideAsyncIds } from './run/async-ids.ts';
import { type CellContext, currentCell, runInCell } from './run/cell-context.ts';
import { createCellQueue } from './wire/cell-queue.ts';
import { createModels } from '../widgets/models.ts';
import { createCellModules } from './modules/cell-require.ts';
import { toUtf16 } from './wire/code-points.ts';
import { collectIfLarge } from './run/collect.ts';
import { createCompiler } from './compile/compiler.ts';
import { completeCell, type Completions } from './assist/completion.ts';
import { type Descriptors, readDescriptors } from './output/descriptors.ts';
import { writeReadableStacks } from './run/error-stacks.ts';
import { type Cell, errorDescriber, type CellFailure } from './run/failure.ts';
import { findFolders } from './modules/folders.ts';
import { forCells } from './modules/for-cells.ts';
import { createFrontDoor } from './assist/front-door.ts';
import { createHandler } from './wire/handler.ts';
import { handlersOf } from './run/handlers.ts';
import { findHelp, type HelpRequest } from './assist/help.ts';
import { installInput } from './wire/input.ts';
import { inspectCell } from './assist/inspection.ts';
import { createInterrupts } from './run/interrupt.ts';
import { isComplete } from './assist/is-complete.ts';
import { kernelInfo } from './wire/kernel-info.ts';
import { loadLazyParts } from './run/lazy-parts.ts';
import { MARK, marks } from './run/marks.ts';
import { withoutMagics } from './compile/magics.ts';
import { importLines, missingName } from './assist/missing-import.ts';
import { startNativeLog } from './output/native-log.ts';
import { createReloader } from './modules/reload.ts';
import { routeOutput } from './output/route-output.ts';
import { createRunner } from './run/runner.ts';
import { startSecondThread } from './run/second-thread.ts';
import { createServer, type Request } from './wire/server.ts';
import { NOTHING } from './run/starved.ts';
import { setInterruptListener } from './run/steps.ts';
import { loadTslab } from './tslab.ts';
import { endChildrenByStop } from './run/waiting-for-children.ts';

const ORPHAN_CHECK_MS = 2000;

/** Starts the Jupyter kernel: tslab's, with this folder's improvements. */
export function startKernel(connectionFile: string): void {
  const folders = findFolders();
  const connection = path.resolve(connectionFile);
  process.chdir(folders.notebook);
  const logFile = `${connection}.log`;
  const lastWords = startNativeLog(logFile);
  const descriptors = readDescriptors({ stdout: `${connection}.out`, stderr: logFile });
  const interrupt = (reason?: Error): void => {
    if (!interrupts.interrupt(reason)) queue.abort();
  };
  const onRequest = (frames: Buffer[]): void => void server.handleShellMessage(thread.control, ...frames);
  const thread = startSecondThread({
    connectionFile: connection,
    logFile,
    onInterrupt: interrupt,
    onRequest,
    onTaken: (error) => endForOtherPorts(error, descriptors),
  });
  endChildrenByStop(thread.waitsForChild);
  installInput();
  const hear = (): void => interrupt(thread.takeInterrupt());
  setInterruptListener(hear);
  const compiler = createCompiler(folders);
  const interrupts = createInterrupts();
  const cells = new Map<number, Cell>();
  const describe = errorDescriber(cells, folders);
  writeReadableStacks(cells, folders);
  const modules = createCellModules(folders, forCells);
  const complete = (code: string, cursor: number): Completions => completeCell(compiler, folders, code, cursor);
  const frontDoor = createFrontDoor(compiler, folders, () => {
    complete('a', 1);
    complete('[].a', 4); // members take another way through TypeScript
  });
  const advice = (text: string): string[] => {
    const name = missingName(text);
    if (!name) return [];
    frontDoor.open();
    return importLines(name, compiler, folders);
  };
  const explain = (asked: HelpRequest, cell: CellContext): CellFailure | undefined => {
    const said = findHelp(
      asked,
      compiler,
      folders,
      [...cells.values()].reverse().map((one) => one.source),
    );
    if (said) cell.display({ data: said, metadata: {}, transient: {} }, false);
    return said ? undefined : noHelp(asked, advice(`Cannot find name '${asked.name}'.`));
  };
  const runner = createRunner({
    compiler,
    cells,
    modules,
    refresh: (source) => reloader.refresh(source),
    brokenOff() {
      hear();
      thread.waitsForChild(null);
    },
    forgetHalfLoaded: () => reloader.forgetHalfLoaded(),
    describe,
    advice,
    explain,
  });
  const reloader = createReloader(folders, { variables: runner.variables, load: modules.load });

  setNotebookHost({
    display: (data, { id, update = false } = {}) =>
      currentCell()?.display({ data, metadata: {}, transient: id ? { display_id: id } : {} }, update),
    hold: (shown) => void currentCell()?.held.push(shown),
    get models() {
      return models;
    },
    handlers: () => handlersOf(currentCell(), interrupts),
    describe,
    get signal() {
      return currentCell()?.stop.listen();
    },
  });

  const execute = (source: string, request: Request): Promise<CellFailure | undefined> => {
    frontDoor.wait();
    const inOrder =
      <A extends unknown[]>(show: (...args: A) => void) =>
      (...args: A): void => {
        descriptors.show();
        show(...args);
      };
    Atomics.add(marks, MARK.cell, 1);
    if (Atomics.load(marks, MARK.heapFull)) thread.takeInterrupt(); // the cell before has filled it; this one may free it
    const { display, result } = request;
    const cell = { ...request, display: inOrder(display), result: inOrder(result), held: [], stop: interrupts.begin() };
    return runInCell(cell, async () => {
      if (cell.number === 1 && lastWords)
        console.warn(
          `The kernel before this one was killed or crashed (memory, a native library). Its log ended with:\n${lastWords}`,
        );
      const failure = await runner.run(source, cell);
      descriptors.show();
      interrupts.end();
      collectIfLarge();
      frontDoor.openWhenIdle();
      return failure;
    });
  };

  const tslab = loadTslab();
  const handler = createHandler(tslab, {
    complete: (code, cursor) => frontDoor.after(() => complete(code, cursor)),
    inspect: (code, cursor) =>
      frontDoor.after(() => inspectCell(compiler.view(withoutMagics(code), toUtf16(code, cursor)))),
    isComplete: (code) => isComplete(code, (name) => name in runner.variables),
    info: () => kernelInfo(folders),
  });
  const queue = createCellQueue();
  const server = createServer({ tslab, handler, queue, connectionFile: connection, thread, execute });
  const models = createModels(server.comms);
  routeOutput(descriptors.show);
  hideAsyncIds();

  const report = (error: unknown): void => console.error(describe(error).traceback.join('\n'));
  process.on('uncaughtException', (error) => error !== NOTHING && report(error));
  process.on('unhandledRejection', report);
  process.on('SIGTERM', () => process.exit(143));
  // end when Jupyter has gone
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.exit(0), ORPHAN_CHECK_MS).unref();
  server.init().then(loadLazyParts, (error: Error) => endForOtherPorts(error, descriptors));
  frontDoor.openWhenIdle();
}

/**
 * Ends the kernel if a port is taken. Jupyter chooses a kernel's ports before it starts it, and another process may
 * have taken one by then. Jupyter would wait for a kernel that lives without its ports, but chooses new ones for a
 * kernel that ends at its start (jupyter_client/restarter.py).
 */
function endForOtherPorts(error: Error, { tellServer }: Descriptors): void {
  tellServer(`A port that Jupyter chose for this kernel is taken (${error.message}); start another kernel.`);
  process.exit(1);
}

const noHelp = ({ name, source }: HelpRequest, advice: readonly string[]): CellFailure => {
  const evalue = `${name}: nothing is known of ${source ? 'its source' : 'it'} here.`;
  return { ename: 'NoHelp', evalue, traceback: [evalue, ...advice] };
};
