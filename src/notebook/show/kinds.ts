/**
 * The parts of a tensor needed to show it: tf.Tensor, known by its methods, since showing must not load TensorFlow.js.
 */
export interface TensorLike {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly isDisposed: boolean;
  dataSync(): ArrayLike<number | string>;
  slice(begin: readonly number[], size: readonly number[]): TensorLike;
  dispose(): void;
}

/** The parts of a model needed to show it: tf.LayersModel. */
export interface ModelLike {
  readonly name: string;
  readonly layers: readonly unknown[];
  summary(lineLength: number | undefined, positions: undefined, print: (line: string) => void): void;
}

export type NumberArray = NodeJS.TypedArray;

const has = (value: unknown, ...names: string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');

export const isTensor = (value: unknown): value is TensorLike =>
  has(value, 'dataSync', 'slice', 'dispose') && 'dtype' in (value as object);

export const isModel = (value: unknown): value is ModelLike =>
  has(value, 'summary') && Array.isArray((value as ModelLike).layers);

export const isTypedArray = (value: unknown): value is NumberArray =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

/** Whether a value consists of keys and values and nothing else. */
export const isPlainValue = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};
