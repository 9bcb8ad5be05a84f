import { DamagedPictures } from '../data/pictures/damaged.ts';
import type { Dataset } from '../data/dataset.ts';
import type { RunningBackbone } from '../runtime/running.ts';
import { float16Agreement, toFloat16 } from '../storage/rows/float16.ts';
import { KEY_BYTES } from '../storage/rows/keys.ts';
import type { WantedDtype } from '../storage/rows/row-set.ts';
import { checkFinite, pictureText } from './finite.ts';

/** A batch in the form in which it is kept. */
export interface ComputedBatch {
  /** Positions of the pictures that were asked for. */
  readonly asked: readonly number[];
  /** Positions of the pictures that could be decoded. */
  readonly batch: readonly number[];
  /** [batch, …], halves as 16 bits. */
  readonly rows: Float32Array | Uint16Array;
}

/** How many batches are read and computed while one is written. */
export const AHEAD = 2;

/**
 * Runs a backbone over batches of pictures, in their order; some are read and computed while one is written.
 * @param options.damaged takes the pictures that cannot be decoded; the others of their batch are computed
 * @param options.signal ends it after the batch in flight, without an error
 * @throws RangeError naming the picture, if a value is not finite; Error if `float16` was asked for and does not hold
 * the values
 */
export async function* computeBatches(
  running: Pick<RunningBackbone, 'run'>,
  images: Dataset,
  batches: readonly (readonly number[])[],
  {
    dtype,
    damaged,
    signal,
  }: { readonly dtype: WantedDtype; readonly damaged: DamagedPictures[]; readonly signal?: AbortSignal },
): AsyncGenerator<ComputedBatch> {
  const compute = async (asked: readonly number[]): Promise<{ batch: readonly number[]; rows: Float32Array }> => {
    const { batch, pixels } = await readWhole(images, asked, damaged);
    return { batch, rows: batch.length ? await running.run(pixels, batch.length) : new Float32Array(0) };
  };
  const started: ReturnType<typeof compute>[] = [];
  for (let b = 0; b < batches.length; b++) {
    while (started.length < AHEAD && b + started.length < batches.length && !signal?.aborted) {
      const rows = compute(batches[b + started.length]);
      rows.catch(() => {}); // a failure before it comes first; this one is seen when awaited
      started.push(rows);
    }
    const next = started.shift();
    if (!next) return;
    const { batch, rows } = await next;
    if (batch.length)
      checkFinite(
        rows,
        rows.length / batch.length,
        (i) => `what the backbone made of ${pictureText(images, batch[i])}`,
      );
    yield { asked: batches[b], batch, rows: batch.length ? asKept(rows, dtype, batch) : rows };
    if (signal?.aborted) return;
  }
}

/**
 * Divides positions into batches, in the order in which pictures are read fastest; each picture once, though it may be
 * listed twice.
 */
export const batchesOf = (positions: readonly number[], images: Dataset, size: number): (readonly number[])[] =>
  chunks(readingOrder(positions, images), size);

/** Divides positions into runs, all of one size but for the last. */
export const chunks = (positions: readonly number[], size: number): (readonly number[])[] =>
  Array.from({ length: Math.ceil(positions.length / size) }, (_, i) => positions.slice(i * size, (i + 1) * size));

/**
 * Sorts positions into the order in which pictures are read fastest; each picture once, though it may be listed twice.
 */
export function readingOrder(positions: readonly number[], images: Dataset): number[] {
  const keys = Buffer.from(images.keysAt(positions));
  const seen = new Set<string>();
  const once = positions.filter((_, i) => {
    const key = keys.toString('latin1', i * KEY_BYTES, (i + 1) * KEY_BYTES);
    return !seen.has(key) && seen.add(key);
  });
  const { positionAt } = images;
  return positionAt ? once.sort((a, b) => positionAt(a) - positionAt(b)) : once;
}

/** Reads the pictures of a batch that can be decoded; the others are added to `damaged`. */
async function readWhole(
  images: Dataset,
  asked: readonly number[],
  damaged: DamagedPictures[],
): Promise<{ readonly batch: readonly number[]; readonly pixels: Uint8Array }> {
  const isDamage = (error: unknown): error is DamagedPictures => error instanceof DamagedPictures;
  try {
    return { batch: asked, pixels: await images.at(asked) };
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  const [batch, parts]: [number[], Uint8Array[]] = [[], []];
  for (const position of asked)
    try {
      parts.push(await images.at([position]));
      batch.push(position);
    } catch (error) {
      if (!isDamage(error)) throw error;
      damaged.push(error);
    }
  return { batch, pixels: Buffer.concat(parts) };
}

const FLOAT16_AGREEMENT = 0.9999;

/** Turns rows into float16, and tells whether that holds them: whether it keeps each to a cosine of 0.9999. */
export function asHalves(rows: Float32Array, n: number): { readonly halves: Uint16Array; readonly hold: boolean } {
  const halves = toFloat16(rows);
  return { halves, hold: float16Agreement(rows, halves, n) >= FLOAT16_AGREEMENT };
}

/** Turns rows into what is kept. @throws Error if float16 was asked for and does not hold them */
function asKept(rows: Float32Array, dtype: WantedDtype, batch: readonly number[]): Float32Array | Uint16Array {
  if (dtype === 'float32') return rows;
  const { halves, hold } = asHalves(rows, batch.length);
  if (hold) return halves;
  if (dtype === 'auto') return rows;
  throw new Error(
    `features: some values in the batch from image ${batch[0]} are too large or too small for float16. Use { dtype: 'float32' }.`,
  );
}
