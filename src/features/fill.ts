import path from 'node:path';
import { DamagedPictures } from '../data/damaged.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Backbone } from '../models/backbone.ts';
import { shortPath } from '../project.ts';
import { withinMemory } from '../runtime/memory-limit.ts';
import { borrowBackbone } from '../runtime/pool.ts';
import type { EngineName, RunningBackbone } from '../runtime/running.ts';
import type { ProgressOption } from '../host/progress.ts';
import { float16Agreement, toFloat16 } from '../storage/float16.ts';
import { KEY_BYTES } from '../storage/keys.ts';
import { lock } from '../storage/lock.ts';
import { removeLeftovers } from '../storage/put.ts';
import { makeRowSet, openRowSet, type RowSet, type WantedDtype } from '../storage/row-set.ts';
import { mendPieces, openWriter, reopen } from '../storage/row-writer.ts';

/** Everything that is decided before the first image. */
export interface Plan {
  readonly backbone: Backbone;
  readonly engine: EngineName;
  readonly batchSize: number;
  readonly dtype: WantedDtype;
  readonly folder: string;
  readonly precisionText: string;
  readonly signal: AbortSignal | undefined;
  readonly progress: ProgressOption | undefined;
}

/** The places of images whose rows are not there. */
export function missingFrom(rows: Int32Array): number[] {
  const missing: number[] = [];
  rows.forEach((row, i) => row < 0 && missing.push(i));
  return missing;
}

/**
 * Computes and keeps what is missing, and says what computed it. Batches are read, computed and written side by side.
 * @throws DamagedPictures once all others are computed
 */
export async function fill(
  plan: Plan,
  before: RowSet,
  images: Dataset,
  onProgress: (done: number, note?: string) => void,
): Promise<Pick<RunningBackbone, 'description' | 'peakMemoryMiB'> | undefined> {
  const { backbone, folder, signal, batchSize, engine } = plan;
  const unlock = await claim(plan, before, images, onProgress);
  try {
    removeLeftovers(folder);
    const mended = mendPieces(openRowSet(folder, backbone.outputShape, 'auto'));
    const note = mended.files.length
      ? `${mended.rows} damaged rows found in ${mended.files.length} files, computed again`
      : undefined;
    const places = withoutTwins(missingFrom(reopen(before).index.find(images.keys)), images);
    const { placeAt } = images;
    if (placeAt) places.sort((a, b) => placeAt(a) - placeAt(b));
    if (!places.length) return undefined; // another process has computed them meanwhile
    let done = images.n - places.length;
    const damaged: DamagedPictures[] = [];
    onProgress(done, note);
    const running = withinMemory(await borrowBackbone(backbone, { engine, imageSize: images.imageSize }));
    const writer = openWriter(folder, backbone.outputShape);
    try {
      const batches = chunks(places, batchSize);
      const compute = async (asked: readonly number[]): Promise<Computed> => {
        const { batch, pixels } = await readWhole(images, asked, damaged);
        return { batch, rows: batch.length ? await running.run(pixels, batch.length) : new Float32Array(0) };
      };
      const started: Promise<Computed>[] = [];
      for (let b = 0; b < batches.length; b++) {
        while (started.length < AHEAD && b + started.length < batches.length && !signal?.aborted) {
          const rows = compute(batches[b + started.length]);
          rows.catch(() => {}); // a failure before it comes first; this one is seen when awaited
          started.push(rows);
        }
        const next = started.shift();
        if (!next) break;
        const { batch, rows } = await next;
        if (batch.length) {
          checkFinite(rows, batch[0]);
          writer.write(images.keysAt(batch), asKept(rows, plan.dtype, batch));
        }
        done += batch.length;
        onProgress(done, note);
        if (signal?.aborted) break;
      }
    } finally {
      writer.close();
      await running.close();
    }
    signal?.throwIfAborted();
    if (damaged.length) {
      const [{ source, why }] = damaged;
      throw new DamagedPictures(
        source,
        damaged.flatMap(({ files }) => files),
        why,
        images.n,
      );
    }
    return { description: running.description, peakMemoryMiB: running.peakMemoryMiB };
  } finally {
    unlock();
  }
}

interface Computed {
  readonly batch: readonly number[];
  /** [batch, …] */
  readonly rows: Float32Array;
}

/** Reads those of a batch that can be decoded; the others come to `damaged`. */
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
  for (const place of asked)
    try {
      parts.push(await images.at([place]));
      batch.push(place);
    } catch (error) {
      if (!isDamage(error)) throw error;
      damaged.push(error);
    }
  return { batch, pixels: Buffer.concat(parts) };
}

/** Batches that are read and computed while one is written. */
export const AHEAD = 2;

/** Makes the set where it is missing, and waits while another process of this machine computes for it. */
async function claim(
  { folder, backbone, engine, signal }: Plan,
  set: RowSet,
  images: Dataset,
  onProgress: (done: number, note?: string) => void,
): Promise<() => void> {
  let looked = 0;
  try {
    makeRowSet(folder, describeSet(backbone, engine));
    return await lock(path.join(folder, 'lock'), {
      signal,
      onWait(pid) {
        if (performance.now() - looked < WAIT_MS) return;
        looked = performance.now();
        const there = images.n - missingFrom(reopen(set).index.find(images.keys)).length;
        onProgress(there, `process ${pid} is computing for the same features; waiting for it`);
      },
    });
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    const there = set.index.find(images.keys).filter((row) => row >= 0).length;
    throw new Error(
      `features: ${images.n - there} of the ${images.n} images of ${images.name} have no features in ${shortPath(folder)}, ` +
        `and none can be written there: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** Between two looks at what another process has computed. */
const WAIT_MS = 1000;

/** What `manifest.json` says of a set. */
const describeSet = (backbone: Backbone, engine: EngineName): object => ({
  format: 'graft features 2',
  network: backbone.network,
  cut: backbone.cut,
  precision: backbone.file?.precision ?? (backbone.int8 ? 'int8' : 'float32'),
  pooling: backbone.file?.end.pooling,
  engine,
  kernel: backbone.input.interpolation,
  preprocess: backbone.input.preprocess,
  inputSize: backbone.input.size,
  rowShape: backbone.outputShape,
  backbone: backbone.id,
});

/** Each picture once, though it may stand in several places. */
function withoutTwins(places: readonly number[], images: Dataset): number[] {
  const keys = Buffer.from(images.keysAt(places));
  const seen = new Set<string>();
  return places.filter((_, i) => {
    const key = keys.toString('latin1', i * KEY_BYTES, (i + 1) * KEY_BYTES);
    return !seen.has(key) && seen.add(key);
  });
}

const chunks = (places: readonly number[], size: number): (readonly number[])[] =>
  Array.from({ length: Math.ceil(places.length / size) }, (_, i) => places.slice(i * size, (i + 1) * size));

const FLOAT16_AGREEMENT = 0.9999;

/** Rows as they are kept. @throws Error where float16 was asked for and does not hold them */
function asKept(rows: Float32Array, dtype: WantedDtype, batch: readonly number[]): Float32Array | Uint16Array {
  if (dtype === 'float32') return rows;
  const halves = toFloat16(rows);
  if (float16Agreement(rows, halves, batch.length) >= FLOAT16_AGREEMENT) return halves;
  if (dtype === 'auto') return rows;
  throw new Error(
    `features: some values in the batch from image ${batch[0]} are too large or too small for float16. Use { dtype: 'float32' }.`,
  );
}

function checkFinite(rows: Float32Array, from: number): void {
  let sum = 0;
  for (const value of rows) sum += value;
  if (!Number.isFinite(sum))
    throw new Error(
      `features: the backbone gave values that are not finite in the batch from image ${from}. Are the weights right?`,
    );
}
