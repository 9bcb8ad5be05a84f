import { inspect, types } from 'node:util';
import { oneLiner } from './brief.ts';
import { isPlainValue } from './kinds.ts';

/** The most items of an array, map or set that are looked into. */
const MOST_ITEMS = 100;

/**
 * Gives the same value for `inspect`, with a line in place of each tensor, model, typed array and the like inside.
 * Getters and proxies are not run, and circular references stay circular.
 * @param depth levels below which nothing is shown
 */
export function abridged(value: unknown, depth: number, copies = new Map<unknown, unknown>()): unknown {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return value;
  if (copies.has(value)) return copies.get(value);
  const line = lineOf(value);
  if (line !== undefined) return { [inspect.custom]: () => line };
  if (depth < 0) return value;
  const inside = (one: unknown): unknown => abridged(one, depth - 1, copies);
  if (Array.isArray(value)) {
    const first = value.slice(0, MOST_ITEMS) as unknown[];
    if (!first.some((item) => typeof item === 'object')) return value;
    const copy: unknown[] = [];
    copies.set(value, copy);
    for (const i of first.keys()) if (i in first) copy[i] = inside(first[i]);
    copy.length = value.length;
    return copy;
  }
  if (types.isMap(value) && value.size <= MOST_ITEMS) {
    const copy = new Map<unknown, unknown>();
    copies.set(value, copy);
    for (const [key, one] of value) copy.set(key, inside(one));
    return copy;
  }
  if (!isPlainValue(value) && !isInstance(value)) return value;
  const copy = Object.create(Object.getPrototypeOf(value) as object | null) as object;
  copies.set(value, copy);
  for (const key of Reflect.ownKeys(value)) {
    const one = Object.getOwnPropertyDescriptor(value, key)!;
    Object.defineProperty(copy, key, 'value' in one ? { ...one, value: inside(one.value) } : one);
  }
  return copy;
}

/** Gives a value's line, unless a getter throws while it is looked at. */
function lineOf(value: object): string | undefined {
  try {
    return oneLiner(value);
  } catch {
    return undefined;
  }
}

/** Whether a value's class has instances that are only their properties: a copy of a Date, say, would not be one. */
const isInstance = (value: object): boolean =>
  !types.isNativeError(value) &&
  Object.getOwnPropertyDescriptor(value, Symbol.toStringTag) === undefined &&
  Object.prototype.toString.call(value) === '[object Object]' &&
  !(inspect.custom in value);
