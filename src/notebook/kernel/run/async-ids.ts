import { inspect } from 'node:util';

/** Properties that Node.js 20 and 22 put on promises and timers, to know the cell that has made them. */
const NOTES = /^(async_id_symbol|trigger_async_id_symbol|kResourceStore|asyncId|triggerId)$/;

type Inspect = (this: object, depth: number, options: object, again: typeof inspect) => unknown;

/** Lets a promise or timer be shown without Node.js' own properties, which lead into the kernel: `Promise { 1 }`. */
export function hideAsyncIds(): void {
  const timer = setTimeout(() => {}, 0);
  clearTimeout(timer);
  for (const prototype of [Promise.prototype, Object.getPrototypeOf(timer) as object]) {
    const before = (prototype as { [inspect.custom]?: Inspect })[inspect.custom];
    Object.defineProperty(prototype, inspect.custom, {
      configurable: true,
      writable: true,
      value: function (this: object, ...args: Parameters<Inspect>): unknown {
        for (const key of Object.getOwnPropertySymbols(this)) {
          const note = Object.getOwnPropertyDescriptor(this, key)!;
          if (NOTES.test(key.description ?? '') && note.enumerable && note.configurable)
            Object.defineProperty(this, key, { ...note, enumerable: false });
        }
        return before ? before.apply(this, args) : this;
      },
    });
  }
}
