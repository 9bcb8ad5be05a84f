import { typescript } from './tslab.ts';

/** Ends what a cell has started when the user presses Stop. */
export interface Interrupts {
  /** Of the running cell; whoever asks for it is expected to end by itself. */
  readonly signal: AbortSignal;
  /** Whether the running cell, or code it called, has asked for its signal. */
  readonly listening: boolean;
  /** A new cell begins. */
  begin(cell: number): void;
  /** The user pressed Stop. */
  interrupt(): void;
}

/** The name of what is thrown into an interrupted cell. */
export const INTERRUPTED = 'Interrupted';

/**
 * tslab rejects an interrupted cell, but its code runs on unseen. Here each cell has an AbortSignal for `src/` code, and
 * every `await` that begins after the interrupt throws. The await in flight keeps its value: `const history = await
 * fit(…)` gets the history so far.
 */
export function createInterrupts(): Interrupts {
  const controllers = new Map<number, AbortController>();
  let current = new AbortController();
  let listening = false;
  (globalThis as unknown as { __graftAlive__: unknown }).__graftAlive__ = (cell: number, value: unknown) => {
    const { signal } = controllers.get(cell)!;
    if (!signal.aborted) return value;
    Promise.resolve(value).catch(() => {}); // nobody waits for it any more
    throw signal.reason as Error;
  };
  return {
    get signal() {
      listening = true;
      return current.signal;
    },
    get listening() {
      return listening;
    },
    begin(cell) {
      listening = false;
      current = new AbortController();
      controllers.set(cell, current);
    },
    interrupt() {
      current.abort(Object.assign(new Error('the cell was interrupted'), { name: INTERRUPTED }));
    },
  };
}

/**
 * Wraps every awaited value of a cell, so that the await throws after an interrupt.
 * @param code compiled JavaScript of the cell
 */
export function guardAwaits(code: string, cell: number): string {
  if (!code.includes('await')) return code;
  const ts = typescript();
  const head = 'async () => {'; // so that `await` parses as the keyword
  const insertions: [at: number, text: string][] = [];
  const visit = (node: import('typescript').Node): void => {
    if (ts.isAwaitExpression(node)) insertions.push([node.expression.getStart(), `__graftAlive__(${cell}, `], [node.expression.end, ')']);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('cell.js', `${head}${code}\n}`, ts.ScriptTarget.Latest, true));
  let guarded = code;
  for (const [at, text] of insertions.sort((a, b) => b[0] - a[0])) {
    guarded = guarded.slice(0, at - head.length) + text + guarded.slice(at - head.length);
  }
  return guarded;
}
