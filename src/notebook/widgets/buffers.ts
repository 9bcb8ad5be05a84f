import { ownOf } from '../../host/own.ts';
import type { ModelState } from '../../host/widgets.ts';

/** Where bytes stand in a state, key by key: `['value', 0, 'content']`. */
export type BufferPath = readonly (string | number)[];

/** A state as it travels: what JSON can hold, and the bytes beside it. */
export interface Split {
  readonly state: ModelState;
  readonly paths: readonly BufferPath[];
  readonly buffers: readonly Uint8Array[];
}

/**
 * Takes the bytes out of a state. In an object their key goes; in a list null keeps the place, as ipywidgets does
 * (widgets/widget.py, `_separate_buffers`).
 */
export function splitBuffers(state: Readonly<ModelState>): Split {
  const paths: BufferPath[] = [];
  const buffers: Uint8Array[] = [];
  const walk = (value: unknown, path: BufferPath): unknown => {
    if (ArrayBuffer.isView(value)) {
      paths.push(path);
      buffers.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      return undefined;
    }
    if (Array.isArray(value)) return value.map((one, i) => walk(one, [...path, i]) ?? null);
    if (!isPlain(value)) return value;
    const entries = Object.entries(value).map(([key, one]) => [key, walk(one, [...path, key])] as const);
    return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
  };
  return { state: walk(state, []) as ModelState, paths, buffers };
}

/**
 * Puts the bytes of a front end's message where they belong.
 * @throws RangeError at a path that leads out of the state
 */
export function joinBuffers(state: ModelState, paths: unknown, buffers: readonly Uint8Array[]): ModelState {
  if (paths !== undefined && (!Array.isArray(paths) || paths.length !== buffers.length))
    throw new RangeError(`buffer_paths: expected a path for each of ${buffers.length} buffers; got ${count(paths)}.`);
  ((paths ?? []) as unknown[]).forEach((path, i) => {
    if (!isPath(path)) throw wrongPath(path);
    let at: unknown = state;
    for (const key of path.slice(0, -1)) at = isObject(at) ? ownOf(at, String(key)) : undefined;
    const last = String(path.at(-1));
    // a new name may be added to an object; a place in a list is there already
    if (!isObject(at) || (Array.isArray(at) ? !Object.hasOwn(at, last) : last === '__proto__')) throw wrongPath(path);
    Object.assign(at, Object.fromEntries([[last, buffers[i]]]));
  });
  return state;
}

const isPath = (path: unknown): path is BufferPath =>
  Array.isArray(path) && path.length > 0 && path.every((key) => typeof key === 'string' || Number.isInteger(key));

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const count = (paths: unknown): string => (Array.isArray(paths) ? String(paths.length) : typeof paths);

const wrongPath = (path: unknown): RangeError =>
  new RangeError(`buffer_paths: expected a path inside the state; got ${JSON.stringify(path)}.`);
