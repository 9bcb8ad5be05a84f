import { type CellContext, currentCell } from './cell-context.ts';
import type { Help } from './inspection.ts';
import type { CursorRequest, ExecuteRequest, Handler, Tslab, WriteDisplay, WriteStream } from './tslab.ts';

/** How each waiting request is announced once it starts, and its value shown. */
export const requests = new WeakMap<ExecuteRequest, { start(count: number): void; result(data: object, count: number): void }>();

/** A cell as the server has it before it runs. */
export type Request = Pick<CellContext, 'number' | 'write' | 'display' | 'result'>;

/** Runs a cell and says whether it came through. */
export type Execute = (source: string, request: Request) => Promise<boolean>;

/** What the kernel does with a cell's text. */
export interface Work {
  readonly execute: Execute;
  /** The cursor in code points. */
  readonly complete: (source: string, cursor: number) => object;
  readonly inspect: (source: string, cursor: number) => Help | undefined;
}

/** tslab's handler of requests, with the kernel's own way to run, complete and explain cells. */
export function createHandler(tslab: Tslab, { execute, complete, inspect }: Work): Handler {
  const Base = tslab.JupyterHandlerImpl;
  class CellHandler extends Base {
    override handleExecuteImpl(request: ExecuteRequest, write: WriteStream, display: WriteDisplay): Promise<unknown> {
      const number = this.execCount + 1;
      const { start, result } = requests.get(request)!;
      start(number);
      this.executor.execute = (source) => execute(source, { number, write, display, result: (data) => result(data, number) });
      return super.handleExecuteImpl(request, write, display);
    }

    override async handleExecute(request: ExecuteRequest, write: WriteStream, display: WriteDisplay): Promise<{ status: string; execution_count?: number }> {
      const result = await super.handleExecute(request, write, display);
      // tslab refuses every request for 200 ms after a failure
      if (result.status === 'error' && request.stop_on_error === false) this.execQueue.reset();
      return result;
    }

    override handleComplete({ code, cursor_pos }: CursorRequest): object {
      return complete(code, cursor_pos);
    }

    override handleInspect({ code, cursor_pos }: CursorRequest): object {
      const data = inspect(code, cursor_pos);
      return { status: 'ok', found: Boolean(data), data: data ?? {}, metadata: {} };
    }

    // what code writes goes below the cell that started it
    createWriteToIopub(name: 'stdout' | 'stderr', latest: WriteStream) {
      return (chunk: string | Uint8Array, encoding?: unknown, callback?: () => void): boolean => {
        const write = currentCell()?.write ?? latest;
        write(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
        const done = typeof encoding === 'function' ? (encoding as () => void) : callback;
        if (done) process.nextTick(done);
        return true;
      };
    }
  }
  return new CellHandler({ execute: () => Promise.resolve(false), close() {} }, false);
}
