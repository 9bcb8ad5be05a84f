import type { Completeness } from '../assist/is-complete.ts';
import type { Help } from '../assist/inspection.ts';
import type { CursorRequest, Handler, Tslab } from '../tslab.ts';

/** The requests beside running cells; cursors count code points. */
export interface Assistance {
  complete(source: string, cursor: number): object;
  inspect(source: string, cursor: number): Help | undefined;
  isComplete(source: string): Completeness;
  info(): object;
}

/** Makes tslab's handler of requests, with the kernel's own answers. */
export function createHandler(tslab: Tslab, { complete, inspect, isComplete, info }: Assistance): Handler {
  class CellHandler extends tslab.JupyterHandlerImpl {
    override handleComplete({ code, cursor_pos }: CursorRequest): object {
      return complete(code, cursor_pos);
    }

    override handleInspect({ code, cursor_pos }: CursorRequest): object {
      const data = inspect(code, cursor_pos);
      return { status: 'ok', found: Boolean(data), data: data ?? {}, metadata: {} };
    }

    override handleIsComplete({ code }: { readonly code: string }): object {
      return isComplete(code);
    }

    override handleKernel(): object {
      return info();
    }
  }
  return new CellHandler({ close() {} }, false);
}
