import { sha256 } from '../storage/files/hash.ts';
import { KEY_BYTES, keyOf } from '../storage/rows/keys.ts';
import type { Resize } from '../pixels/resize.ts';
import type { Interpolation } from '../pixels/interpolation.ts';
import type { Box } from '../pixels/random-crop.ts';

/**
 * How pictures of any size were brought to the size of a data set, in the form of keys and saved files: `fit` is an
 * earlier name of the option `resize`, from when the first of them were written.
 */
export interface Fitting {
  readonly fit: Resize;
  /** Share of the scaled picture's shorter side that the crops keep. */
  readonly cropFraction: number;
  readonly interpolation: Interpolation;
  /** The colour that shows through transparent pixels; undefined drops transparency. */
  readonly background?: string;
}

/** Gives the same with the names that the options have. */
export const resizingOf = ({ fit: resize, ...rest }: Fitting): Omit<Fitting, 'fit'> & { readonly resize: Resize } => ({
  resize,
  ...rest,
});

/** The parts of a network that decide how it is given pictures of any size. */
export interface NetworkInput {
  /** Height and width of its input, in pixels. */
  readonly size: number;
  readonly interpolation: Interpolation;
  /** Share of a picture's shorter side that it was tested on. */
  readonly cropFraction?: number;
  /** How photos are brought to its size, if its makers do not crop. @default 'crop' */
  readonly resize?: Resize;
}

/**
 * Labelled pictures in order: the one type that every data source gives and every step takes. Pixels are read when they
 * are asked for, so a data set need not fit into memory.
 */
export interface Dataset {
  readonly kind: 'dataset';
  /** Where the pictures come from, for people: `cifar10 train`, `shapes10 test, 500 of 2000 (seed 1)`. */
  readonly name: string;
  /** Names the content: pictures, their order, labels and class names (SHA-256, hexadecimal). */
  readonly id: string;
  /** N. */
  readonly n: number;
  /** [N] int32, 0..K-1. */
  readonly labels: Int32Array;
  /** K names; a label is an index into it. */
  readonly classNames: readonly string[];
  /** Size of every picture, in pixels. */
  readonly imageSize: readonly [height: number, width: number];
  /** [N, 16] uint8: what each picture shows and what was done to it, whatever its position. */
  readonly keys: Uint8Array;
  /** Gives the keys of some pictures, [b, 16]. */
  keysAt(indices: ArrayLike<number>): Uint8Array;
  /**
   * Names some pictures by their content, whatever is done to them: a file by its bytes, pixels by themselves, a view
   * by its picture.
   * @returns [b, 16] uint8
   */
  contentsAt(indices: ArrayLike<number>): Uint8Array;
  /**
   * Reads pictures in a row.
   * @returns [to − from, H, W, 3] uint8, RGB, 0..255
   */
  read(from: number, to: number): Promise<Uint8Array>;
  /**
   * Reads pictures by their positions.
   * @param indices b positions 0..N-1, in any order
   * @returns [b, H, W, 3] uint8, RGB, 0..255
   */
  at(indices: ArrayLike<number>): Promise<Uint8Array>;
  /** How its pictures were brought to their size; undefined if they already had it. */
  readonly fit?: Fitting;
  /** Gives the same pictures as a network takes them, if they can have any size. Extraction asks for it. */
  forNetwork?(input: NetworkInput): Dataset;
  /**
   * Gives parts of some pictures, if they can have any size: taken from the whole picture and brought to the same size.
   * @param indices b positions 0..N-1, in any order
   * @param boxOf which part of the i-th of those, by its own height and width
   * @returns [b, H, W, 3] uint8, RGB, 0..255
   */
  partsAt?(
    indices: ArrayLike<number>,
    boxOf: (i: number, size: readonly [height: number, width: number]) => Box,
    interpolation: Interpolation,
  ): Promise<Uint8Array>;
  /** Gives the file that a picture came from, relative to its folder or table. */
  fileAt?(index: number): string;
  /** Gives a picture's position in the stored order, if reading in that order is fastest. */
  positionAt?(index: number): number;
  /** Gives the first reading (`READING`) that gave a picture the colours that it has here. @default 1 */
  readingAt?(index: number): number;
  /** The libraries that decode its pictures, by their packages' names; none if pixels are kept as they are. */
  readonly decoders?: readonly Decoder[];
  /** Says it in one line. */
  toString(): string;
}

/** A library that decodes pictures. */
export type Decoder = 'sharp' | 'libheif-js';

/** The parts that a data set is made of, whatever its source; if nothing was done to its pictures, keys name them. */
export type DatasetParts = Pick<
  Dataset,
  | 'name'
  | 'labels'
  | 'classNames'
  | 'imageSize'
  | 'at'
  | 'keysAt'
  | 'fit'
  | 'forNetwork'
  | 'partsAt'
  | 'fileAt'
  | 'positionAt'
  | 'readingAt'
  | 'decoders'
> & { readonly contentsAt?: Dataset['contentsAt'] };

/** Makes a data set from its parts. */
export function createDataset(parts: DatasetParts): Dataset {
  const { name, labels, classNames, imageSize, keysAt, at, fit, forNetwork, partsAt, fileAt, positionAt } = parts;
  const { contentsAt = keysAt, readingAt, decoders } = parts;
  let knownKeys: Uint8Array | undefined;
  let knownId: string | undefined;
  const n = labels.length;
  const text = (): string =>
    `${name}: ${n.toLocaleString('en-US')} images of ${imageSize.join('×')}, ${classNames.length} classes`;
  return {
    kind: 'dataset',
    name,
    n,
    labels,
    classNames,
    imageSize,
    get keys() {
      return (knownKeys ??= keysAt(range(0, n, n)));
    },
    keysAt,
    contentsAt,
    get id() {
      return (knownId ??= idOf(this));
    },
    read: (from, to) => at(range(from, to, n)),
    at(indices) {
      for (let i = 0; i < indices.length; i++) checkIndex(indices[i], n);
      return at(indices);
    },
    ...(fit && { fit }),
    ...(forNetwork && { forNetwork }),
    ...(partsAt && { partsAt }),
    ...(fileAt && { fileAt }),
    ...(positionAt && { positionAt }),
    ...(readingAt && { readingAt }),
    ...(decoders && { decoders }),
    toString: text,
    [Symbol.for('nodejs.util.inspect.custom')]: text,
  };
}

/**
 * Makes a data set of pixels in memory, after checking that its parts fit together.
 * @param parts pixels [N, H, W, 3] uint8 RGB, labels [N] of 0..K-1, K class names
 * @throws RangeError when sizes don't fit, or a label lies outside the class names
 * @example
 * const one = { pixels: new Uint8Array(32 * 32 * 3), imageSize: [32, 32], labels: [0] } as const;
 * const black = makeDataset({ ...one, classNames: ['black', 'white'] });
 */
export function makeDataset(parts: {
  readonly name?: string;
  readonly pixels: Uint8Array;
  readonly imageSize: readonly [height: number, width: number];
  readonly labels: ArrayLike<number>;
  readonly classNames: readonly string[];
}): Dataset {
  const { name = 'images', pixels, classNames, imageSize } = parts;
  const [height, width] = imageSize;
  const bytes = height * width * 3;
  const labels = Int32Array.from(parts.labels);
  if (!labels.length) throw new RangeError(`${name}: expected one image or more; got none.`);
  if (!(bytes > 0) || pixels.length !== labels.length * bytes) {
    throw new RangeError(
      `${name}: expected ${labels.length * bytes} pixel bytes for ${labels.length} images of ${height}×${width}×3; got ${pixels.length}.`,
    );
  }
  const bad = labels.findIndex((label, i) => label !== parts.labels[i] || label < 0 || label >= classNames.length);
  if (bad >= 0) {
    throw new RangeError(
      `${name}: expected labels 0..${classNames.length - 1} (${classNames.join(', ')}); image ${bad} has ${parts.labels[bad]}.`,
    );
  }
  return datasetOf({ name, labels, classNames, imageSize }, (i) => pixels.subarray(i * bytes, (i + 1) * bytes));
}

/**
 * Makes a data set of pictures in memory.
 * @param pixelsOf gives the i-th, [H, W, 3] uint8 RGB
 */
export function datasetOf(
  parts: Pick<DatasetParts, 'name' | 'labels' | 'classNames' | 'imageSize'>,
  pixelsOf: (i: number) => Uint8Array,
): Dataset {
  const { imageSize } = parts;
  const bytes = imageSize[0] * imageSize[1] * 3;
  return createDataset({
    ...parts,
    keysAt(indices) {
      const keys = new Uint8Array(indices.length * KEY_BYTES);
      for (let i = 0; i < indices.length; i++) keys.set(pictureKey(pixelsOf(indices[i]), imageSize), i * KEY_BYTES);
      return keys;
    },
    at(indices) {
      const out = new Uint8Array(indices.length * bytes);
      for (let i = 0; i < indices.length; i++) out.set(pixelsOf(indices[i]), i * bytes);
      return Promise.resolve(out);
    },
  });
}

/** Names a picture by its pixels [H, W, 3] uint8 and its size. */
const pictureKey = (pixels: Uint8Array, [height, width]: readonly [number, number]): Uint8Array =>
  keyOf(`pixels ${height}×${width}×3\n`, pixels);

/**
 * Picks pictures by their positions, in the order given; nothing is copied.
 * @param indices 0..N-1, each may come more than once
 * @example
 * const some = pick(images.test, [0, 4, 2]);
 */
export function pick(
  dataset: Dataset,
  indices: ArrayLike<number>,
  { name = dataset.name }: { readonly name?: string } = {},
): Dataset {
  const positions = Int32Array.from(indices);
  positions.forEach((position, i) => checkIndex(position === indices[i] ? position : indices[i], dataset.n));
  if (!positions.length) throw new RangeError('pick: expected one index or more; got none.');
  const { classNames, imageSize, fit, forNetwork, partsAt, fileAt, positionAt, readingAt, decoders } = dataset;
  return createDataset({
    name,
    labels: positions.map((i) => dataset.labels[i]),
    classNames,
    imageSize,
    keysAt: (some) => dataset.keysAt(Int32Array.from(some, (i) => positions[i])),
    contentsAt: (some) => dataset.contentsAt(Int32Array.from(some, (i) => positions[i])),
    at: (some) => dataset.at(Int32Array.from(some, (i) => positions[i])),
    fit,
    ...(forNetwork && { forNetwork: (input) => pick(forNetwork(input), positions, { name }) }),
    ...(partsAt && {
      partsAt: (some, boxOf, interpolation) =>
        partsAt(
          Int32Array.from(some, (i) => positions[i]),
          boxOf,
          interpolation,
        ),
    }),
    ...(fileAt && { fileAt: (i) => fileAt(positions[i]) }),
    ...(positionAt && { positionAt: (i) => positionAt(positions[i]) }),
    ...(readingAt && { readingAt: (i) => readingAt(positions[i]) }),
    decoders,
  });
}

/**
 * Takes the first `n` pictures, in the order they are stored.
 * @example
 * const first = take(images.train, 20);
 */
export function take(dataset: Dataset, n: number): Dataset {
  if (!Number.isInteger(n) || n < 1 || n > dataset.n)
    throw new RangeError(`take: expected a whole number from 1 to ${dataset.n} (${dataset.name}); got ${n}.`);
  if (n === dataset.n) return dataset;
  return pick(dataset, range(0, n, dataset.n), { name: `${dataset.name}, first ${n}` });
}

/** Names all pictures by their content, in their order: [N, 16] uint8. */
export const contentsOf = (dataset: Dataset): Uint8Array => dataset.contentsAt(range(0, dataset.n, dataset.n));

/** Gives the pictures as a network takes them: in its size, if they have no size of their own. */
export const asNetworkTakes = (dataset: Dataset, input: NetworkInput): Dataset =>
  dataset.forNetwork?.(input) ?? dataset;

/** @returns from, from + 1 … to − 1 */
function range(from: number, to: number, n: number): Int32Array {
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= n))
    throw new RangeError(`read: expected 0 ≤ from ≤ to ≤ ${n}; got ${from} and ${to}.`);
  return Int32Array.from({ length: to - from }, (_, i) => from + i);
}

function checkIndex(index: number, n: number): void {
  if (!(Number.isInteger(index) && index >= 0 && index < n))
    throw new RangeError(`index: expected a whole number in 0..${n - 1}; got ${index}.`);
}

function idOf({ keys, labels, classNames, imageSize }: Dataset): string {
  const positions = new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength);
  return sha256(JSON.stringify(['dataset 1', imageSize, classNames]), positions, keys);
}
