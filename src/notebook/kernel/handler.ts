import type { Help } from './inspection.ts';
import type { CursorRequest, Handler, Tslab } from './tslab.ts';

/** What a cell's text is asked for while it is written; cursors count code points. */
export interface Assistance {
  complete(source: string, cursor: number): object;
  inspect(source: string, cursor: number): Help | undefined;
}

/** tslab's handler of requests, with the kernel's own completion and help. */
export function createHandler(tslab: Tslab, { complete, inspect }: Assistance): Handler {
  class CellHandler extends tslab.JupyterHandlerImpl {
    override handleComplete({ code, cursor_pos }: CursorRequest): object {
      return complete(code, cursor_pos);
    }

    override handleInspect({ code, cursor_pos }: CursorRequest): object {
      const data = inspect(code, cursor_pos);
      return { status: 'ok', found: Boolean(data), data: data ?? {}, metadata: {} };
    }
  }
  return new CellHandler({ close() {} }, false);
}
