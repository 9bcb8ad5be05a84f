import { types } from 'node:util';

/** Whether a cell waits for its last value: it does for promises, but not for a proxy that answers to every name. */
export function isPending(value: unknown): boolean {
  if (types.isPromise(value)) return true;
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  try {
    return typeof (value as { then?: unknown }).then === 'function';
  } catch {
    return false; // a getter that throws
  }
}
