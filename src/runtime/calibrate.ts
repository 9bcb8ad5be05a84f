import type { Dataset } from '../data/dataset.ts';
import { checkOptions } from '../host/option-ranges.ts';
import {
  type Backbone,
  type Calibration,
  type LayersBackbone,
  type TensorRanges,
  withInt8,
} from '../models/backbone.ts';
import { backboneToOnnx } from '../onnx/graph.ts';
import { sha256 } from '../storage/files/hash.ts';
import { openSession } from './onnx-session.ts';
import { type EngineName, openBackbone } from './running.ts';

/** How many images calibrate an int8 backbone, and how many it is checked on, if there are so many. */
export const [CALIBRATED, HELD_OUT] = [32, 16];

export interface CalibrateOptions {
  /**
   * The range ends at this percentile of all values of a layer, 99 to 100; larger values become the largest. 100 is
   * min/max calibration. @default 100
   */
  readonly percentile?: number;
  readonly signal?: AbortSignal;
  /** Called after each image, with the number of images done. */
  readonly onImage?: (done: number, total: number) => void;
}

/**
 * Measures the range of each layer's output (after a ReLU the smallest value is 0) and how well 8 bits then agree with
 * float32.
 * @param backbone a backbone in float32
 * @param images at least 32, of which the first 48 are used: the last 16 of them are held out to measure the agreement
 */
export async function calibrate(
  backbone: LayersBackbone,
  images: Dataset,
  { percentile = 100, signal, onImage }: CalibrateOptions = {},
): Promise<Calibration> {
  if (images.n < 2 * HELD_OUT)
    throw new RangeError(
      `calibration: expected ${2 * HELD_OUT} images or more, the last ${HELD_OUT} to check with; got ${images.n} (${images.name}).`,
    );
  checkOptions('calibrate', { calibrationPercentile: percentile });
  const total = usedOf(images);
  const calibrated = total - HELD_OUT;
  const { model, input } = backbone;
  const sizeOf = (layer: string): number =>
    (model.getLayer(layer).outputShape as number[]).slice(1).reduce((a, b) => a * b, 1);
  // the percentile of all values is the k-th largest; one image may hold all k
  const rank = (values: number): number => Math.floor((1 - percentile / 100) * values * calibrated) + 1;
  const largest = (values: number): number => Math.min(values, rank(values));
  const session = await openSession((write) =>
    backboneToOnnx(model, { imageSize: images.imageSize, input, largest }, write),
  );
  const seen = new Map<string, Float32Array>();
  const float: Float32Array[] = [];
  try {
    for (let i = 0; i < total; i++) {
      signal?.throwIfAborted();
      const data = await images.read(i, i + 1);
      const { features, ...outputs } = await session.run({
        images: { type: 'uint8', data, dims: [1, ...images.imageSize, 3] },
      });
      if (i >= calibrated) float.push(features.data);
      else
        for (const [output, { data: values }] of Object.entries(outputs)) {
          const layer = output.slice('largest/'.length);
          const before = seen.get(layer) ?? new Float32Array(0);
          const both = new Float32Array(before.length + values.length);
          both.set(before);
          both.set(values, before.length);
          both.sort().reverse();
          seen.set(layer, both.subarray(0, rank(sizeOf(layer))));
        }
      onImage?.(i + 1, total);
    }
  } finally {
    await session.close();
  }
  const ranges: TensorRanges = Object.fromEntries(Array.from(seen, ([layer, values]) => [layer, values.at(-1)!]));
  const agreement = await compareWith(
    float,
    withInt8(backbone, { ranges, agreement: 0, images: [calibrated, HELD_OUT] }),
    images,
    { signal },
  );
  return { ranges, agreement, images: [calibrated, HELD_OUT] };
}

/**
 * Measures how well a backbone in 8 bits or bfloat16 agrees with the float32 one on 16 of the images.
 * @param options.engine what runs it @default ONNX Runtime
 * @returns mean cosine, −1..1
 */
export async function agreementOn(
  float: Backbone,
  other: Backbone,
  images: Dataset,
  { signal, engine }: Pick<CalibrateOptions, 'signal'> & { readonly engine?: EngineName } = {},
): Promise<number> {
  const rows = await heldOutRows(float, images, { signal });
  return compareWith(rows, other, images, { signal, engine });
}

/** Names the images that a calibration is made from, given all images. */
export const calibratedOn = (images: Dataset): string =>
  sha256(images.keysAt(Array.from({ length: usedOf(images) }, (_, i) => i)));

/** Gives the positions of the images that an agreement is measured on. */
export const heldOut = (images: Dataset): readonly [from: number, to: number] => [
  Math.max(0, usedOf(images) - HELD_OUT),
  usedOf(images),
];

const usedOf = (images: Dataset): number => Math.min(images.n, CALIBRATED + HELD_OUT);

interface Running {
  readonly signal?: AbortSignal;
  readonly engine?: EngineName;
}

async function compareWith(
  float: readonly Float32Array[],
  other: Backbone,
  images: Dataset,
  running: Running,
): Promise<number> {
  const rows = await heldOutRows(other, images, running);
  return rows.reduce((sum, row, i) => sum + rowCosines(float[i], row, 1)[0], 0) / rows.length;
}

async function heldOutRows(
  backbone: Backbone,
  images: Dataset,
  { signal, engine = 'onnx' }: Running,
): Promise<Float32Array[]> {
  const running = await openBackbone(backbone, { engine, imageSize: images.imageSize });
  try {
    const rows: Float32Array[] = [];
    const [from, to] = heldOut(images);
    for (let i = from; i < to; i++) {
      signal?.throwIfAborted();
      rows.push(await running.run(await images.read(i, i + 1), 1));
    }
    return rows;
  } finally {
    await running.close();
  }
}

/** Computes the cosine of each row of a with the same row of b. */
export function rowCosines(a: Float32Array, b: Float32Array, rows: number): number[] {
  const length = a.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = row * length; i < (row + 1) * length; i++) {
      ab += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb || 1);
  });
}
