import { checkOptions } from '../host/option-ranges.ts';
import type { HubFile } from '../storage/hub/cache.ts';
import type { Fitting } from '../data/dataset.ts';
import type { Calibration } from '../models/backbone.ts';
import type { EngineName } from '../runtime/running.ts';
import { hashOf, sha256 } from '../storage/files/hash.ts';
import { keysAmong } from '../storage/rows/keys.ts';
import { mixedVersions, type VersionedRows } from '../storage/rows/versions.ts';
import { checkFinite } from './finite.ts';

/** What a backbone makes of a data set: a row of numbers for each picture, with its label. */
export interface Features {
  readonly kind: 'features';
  /**
   * Names the content: pictures in their order, labels, class names, the backbone and its precision (SHA-256,
   * hexadecimal).
   */
  readonly id: string;
  /** A name for people: `cifar10 train, 2500 of 50000 (seed 1); vgg16 to block5_pool, int8`. */
  readonly name: string;
  /** [N, …], like [2500, 7, 7, 512] or [2500, 4096]. */
  readonly shape: readonly number[];
  /** [N], 0..K-1. */
  readonly labels: Int32Array;
  /** K names. */
  readonly classNames: readonly string[];
  /** V, views of each picture: training draws one of them in every epoch, everything else takes the mean over all. */
  readonly views: number;
  /**
   * The pictures' contents, in their order: [N, 16] uint8, as `contentsAt` of a data set. Absent for rows from
   * elsewhere.
   */
  readonly contents?: () => Uint8Array;
  /** The same as `readingAt` of a data set. Absent for rows from elsewhere. */
  readonly readingAt?: (index: number) => number;
  /** Versions that made some pictures' features, with each view counted; absent for rows from elsewhere. */
  readonly versionsAt?: (indices: ArrayLike<number>) => readonly VersionedRows[];
  /** Where they come from, for records; undefined for rows from elsewhere. */
  readonly origin?: FeatureOrigin;
  /**
   * Reads some pictures' features.
   * @param indices b positions 0..N-1, in any order
   * @param views b views, one for each @default the mean over all views of each
   * @returns [b, …] float32
   * @throws Error naming the file, if it was damaged or changed
   */
  rows(indices: ArrayLike<number>, views?: ArrayLike<number>): Promise<Float32Array>;
  /**
   * Reads views that are drawn anew in each epoch and not kept: only in features of {@link liveViews}.
   * @returns [b, …] float32
   */
  rowsOfEpoch?(indices: ArrayLike<number>, epoch: number): Promise<Float32Array>;
  /** Closes files; rows() opens them again. */
  close(): void;
  /** Says it in one line. */
  toString(): string;
}

/** How features were made. */
export interface FeatureOrigin {
  readonly data: {
    readonly name: string;
    readonly n: number;
    readonly id: string;
    readonly imageSize: readonly [height: number, width: number];
    /** How pictures of other sizes were brought to this one. */
    readonly fit?: Fitting;
  };
  readonly backbone: {
    readonly id: string;
    readonly network: string;
    readonly cut: string;
    readonly inputSize: number;
    readonly interpolation: string;
    readonly preprocess: unknown;
    /** `float32`, `bfloat16` or `int8`; for an ONNX file what it was made for, in words. */
    readonly precision: string;
    /** The ONNX file, if it is one. */
    readonly file?: { readonly sha256: string; readonly pooling: string; readonly hub?: HubFile };
    /** Its id in float32. */
    readonly base: string;
    /** Ranges of an 8-bit backbone; `calibration` is their name. */
    readonly int8?: Calibration;
    readonly calibration?: string;
    readonly weights: { readonly file: string; readonly bytes: number } | null;
  };
  /** What computed them, in words. */
  readonly engine: string;
  /** The engine that they belong to; undefined for rows from elsewhere. */
  readonly runBy?: EngineName;
  /**
   * How many rows were made by which versions of what computed and what decoded pictures; most rows first. An upgrade
   * computes nothing again, so there may be several.
   */
  readonly versions: readonly VersionedRows[];
  /** The number format that they are kept in. */
  readonly dtype: string;
  /** Where they are kept. */
  readonly folder: string;
  /** How many images had their features there before. */
  readonly cached: number;
  /** How many seconds this took. */
  readonly seconds: number;
  /** The most memory that the computing process held, apart from this one, in MiB; 0 if there was no such process. */
  readonly peakMemoryMiB: number;
}

/** Writes a shape for a line about features or data. */
export const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** The parts that features are made of; which versions made them is counted from their rows. */
export type FeatureParts = Omit<Features, 'kind' | 'toString' | 'origin'> & {
  readonly origin?: Omit<FeatureOrigin, 'versions'>;
};

/**
 * Makes features from their parts.
 * @param parts.rows reads one view of each; if there are several, their mean is taken here, for every reader
 */
export function createFeatures(parts: FeatureParts): Features {
  const { origin, versionsAt } = parts;
  const versions = origin && (versionsAt?.(Int32Array.from({ length: parts.shape[0] }, (_, i) => i)) ?? []);
  const mixed = mixedVersions(versions ?? []);
  const text = (): string =>
    `features ${shapeText(parts.shape)}${parts.views > 1 ? `, ${parts.views} views of each` : ''} of ${parts.name}` +
    (mixed && `; ${mixed}`);
  return {
    kind: 'features',
    ...parts,
    origin: origin && { ...origin, versions: versions! },
    rows: (indices, views) =>
      views || parts.views === 1 ? parts.rows(indices, views) : meanRows(parts.rows, indices, parts.views),
    toString: text,
    [Symbol.for('nodejs.util.inspect.custom')]: text,
  };
}

/** Gives the mean over all views of each row. */
async function meanRows(read: Features['rows'], indices: ArrayLike<number>, count: number): Promise<Float32Array> {
  const viewOf = (view: number): Int32Array => new Int32Array(indices.length).fill(view);
  const sum = await read(indices, viewOf(0));
  for (let view = 1; view < count; view++) (await read(indices, viewOf(view))).forEach((value, i) => (sum[i] += value));
  return sum.map((value) => value / count);
}

/**
 * Makes features of rows from elsewhere: rows of numbers with labels.
 * @param rows [N, …] float32, row-major
 * @param labels [N] of 0..K-1
 * @param options.shape shape of one row @default [rows.length / N]
 * @param options.classNames K names @default 'class 0' …
 * @throws RangeError if the parts do not fit together, or a number is not finite
 * @example
 * const two = features(new Float32Array([0, 1, 1, 0]), [0, 1], { classNames: ['up', 'right'] });
 */
export function features(
  rows: Float32Array,
  labels: ArrayLike<number>,
  {
    name = 'features from elsewhere',
    shape: asked,
    classNames = Array.from({ length: largestOf(labels) + 1 }, (_, k) => `class ${k}`),
  }: { readonly name?: string; readonly shape?: readonly number[]; readonly classNames?: readonly string[] } = {},
): Features {
  checkOptions('features', { shape: asked });
  const n = labels.length;
  const shape = asked ?? [rows.length / n];
  const length = shape.reduce((a, b) => a * b, 1);
  if (!n || rows.length !== n * length || !Number.isInteger(length))
    throw new RangeError(`features: expected ${n} rows of ${shapeText(shape)}; got ${rows.length} numbers.`);
  checkFinite(rows, length, (i) => `row ${i} of ${name}`);
  const own = Int32Array.from(labels);
  const bad = own.findIndex((label, i) => label !== labels[i] || label < 0 || label >= classNames.length);
  if (bad >= 0)
    throw new RangeError(`features: expected labels 0..${classNames.length - 1}; row ${bad} has ${labels[bad]}.`);
  const bytes = (values: Float32Array | Int32Array): Uint8Array =>
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return createFeatures({
    id: sha256(hashOf(['features 1', shape, classNames]), bytes(own), bytes(rows)),
    name,
    shape: [n, ...shape],
    labels: own,
    classNames,
    views: 1,
    // eslint-disable-next-line @typescript-eslint/require-await -- whoever reads need not know where rows lie
    async rows(indices) {
      const out = new Float32Array(indices.length * length);
      for (let i = 0; i < indices.length; i++) {
        checkIndex(indices[i], n);
        out.set(rows.subarray(indices[i] * length, (indices[i] + 1) * length), i * length);
      }
      return out;
    },
    close() {},
  });
}

/** Finds the largest label, at least 1; Math.max takes no million arguments. */
function largestOf(labels: ArrayLike<number>): number {
  let largest = 1;
  for (let i = 0; i < labels.length; i++) if (labels[i] > largest) largest = labels[i];
  return largest;
}

export function checkIndex(index: number, n: number): void {
  if (!(Number.isInteger(index) && index >= 0 && index < n))
    throw new RangeError(`rows: expected an index in 0..${n - 1}; got ${index}.`);
}

/**
 * Picks some of the rows, in the order given.
 * @param indices positions 0..N-1
 */
export function pickFeatures(
  of: Features,
  indices: ArrayLike<number>,
  { name = of.name }: { readonly name?: string } = {},
): Features {
  for (let i = 0; i < indices.length; i++) checkIndex(indices[i], of.shape[0]);
  const positions = Int32Array.from(indices);
  const through = (some: ArrayLike<number>): Int32Array => Int32Array.from(some, (i) => positions[i]);
  const picked = (id: string): string => sha256(id, new Uint8Array(positions.buffer));
  return createFeatures({
    ...of,
    id: picked(of.id),
    name,
    ...(of.origin && { origin: { ...of.origin, data: { ...of.origin.data, id: picked(of.origin.data.id) } } }),
    shape: [positions.length, ...of.shape.slice(1)],
    labels: positions.map((i) => of.labels[i]),
    ...(of.versionsAt && { versionsAt: (some) => of.versionsAt!(through(some)) }),
    ...(of.contents && { contents: () => keysAmong(of.contents!(), positions) }),
    ...(of.readingAt && { readingAt: (i) => of.readingAt!(positions[i]) }),
    rows: (some, views) => of.rows(through(some), views),
    ...(of.rowsOfEpoch && { rowsOfEpoch: (some, epoch) => of.rowsOfEpoch!(through(some), epoch) }),
  });
}

/** Picks the first rows; those of a seeded subset are stratified. */
export function firstRows(of: Features, count: number): Features {
  if (!Number.isInteger(count) || count < 1 || count > of.shape[0])
    throw new RangeError(`train: expected 1 to ${of.shape[0]} images, whose features are there; got ${count}.`);
  return pickFeatures(
    of,
    Int32Array.from({ length: count }, (_, i) => i),
    { name: `${of.name}, first ${count}` },
  );
}
