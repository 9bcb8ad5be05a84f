import { types } from 'node:util';

/** Whether a cell waits for its last value: for promises, and not for a proxy that has an answer to every name. */
export function isPending(value: unknown): boolean {
  if (types.isPromise(value)) return true;
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  try {
    return typeof (value as { then?: unknown }).then === 'function';
  } catch {
    return false; // a getter that throws
  }
}
