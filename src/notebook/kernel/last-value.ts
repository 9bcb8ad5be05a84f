import { types } from 'node:util';
import type { NotebookScope } from './notebook-scope.ts';

/**
 * Takes the value of a cell's last expression from the variable that holds it. A function that has no name of its own
 * has not got that of the variable.
 */
export function takeLastValue(variables: NotebookScope, name: string): unknown {
  const value = variables[name];
  variables[name] = undefined; // to delete it would make all others slow
  if (typeof value === 'function' && !types.isProxy(value)) {
    const named = Object.getOwnPropertyDescriptor(value, 'name');
    if (named?.value === name && named.configurable) Object.defineProperty(value, 'name', { ...named, value: '' });
  }
  return value;
}

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
