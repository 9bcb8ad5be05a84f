import path from 'node:path';
import { DamagedPictures } from '../data/pictures/damaged.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Backbone } from '../models/backbone.ts';
import { shortPath } from '../project.ts';
import { withinMemory } from '../runtime/memory-limit.ts';
import { borrowBackbone } from '../runtime/pool.ts';
import type { EngineName, RunningBackbone } from '../runtime/running.ts';
import type { ProgressOption } from '../host/progress.ts';
import { lock } from '../storage/files/lock.ts';
import { removeLeftovers } from '../storage/files/put.ts';
import type { RowMirror } from '../storage/rows/row-mirror.ts';
import { makeRowSet, openRowSet, type RowSet, type WantedDtype } from '../storage/rows/row-set.ts';
import { mendPieces, openWriter, reopen } from '../storage/rows/row-writer.ts';
import { batchesOf, computeBatches } from './compute.ts';
import { describeSet } from './set.ts';
import { versionsAtWork } from './versions.ts';

/** Everything that is decided before the first image. */
export interface Extraction {
  readonly backbone: Backbone;
  readonly engine: EngineName;
  readonly batchSize: number;
  readonly dtype: WantedDtype;
  readonly folder: string;
  /** Brings rows to the folder and puts them at the place, if features are kept at a place. */
  readonly mirror?: RowMirror;
  readonly precisionText: string;
  readonly signal: AbortSignal | undefined;
  readonly progress: ProgressOption | undefined;
}

/** Lists the positions of images whose rows are not there. */
export function missingFrom(rows: Int32Array): number[] {
  const missing: number[] = [];
  rows.forEach((row, i) => row < 0 && missing.push(i));
  return missing;
}

/**
 * Computes and keeps what is missing, and says what computed it. Batches are read, computed and written side by side.
 * @throws DamagedPictures after all others are computed
 */
export async function fill(
  plan: Extraction,
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
    const positions = missingFrom(reopen(before).index.find(images.keys));
    const batches = batchesOf(positions, images, batchSize);
    if (!batches.length) return undefined; // another process has computed them meanwhile
    let done = images.n - batches.reduce((sum, { length }) => sum + length, 0);
    const damaged: DamagedPictures[] = [];
    onProgress(done, note);
    const running = withinMemory(await borrowBackbone(backbone, { engine, imageSize: images.imageSize }));
    const versions = await versionsAtWork(running, images);
    const writer = openWriter(folder, backbone.outputShape, { versions });
    try {
      for await (const { batch, rows } of computeBatches(running, images, batches, {
        dtype: plan.dtype,
        damaged,
        signal,
      })) {
        if (batch.length) writer.write(images.keysAt(batch), rows);
        done += batch.length;
        onProgress(done, note);
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

/** Makes the set if it is missing, and waits while another process of this machine computes for it. */
async function claim(
  { folder, backbone, engine, signal }: Extraction,
  set: RowSet,
  images: Dataset,
  onProgress: (done: number, note?: string) => void,
): Promise<() => void> {
  let looked = 0;
  try {
    makeRowSet(folder, describeSet(backbone, engine));
    return await lock(path.join(folder, 'lock'), {
      signal,
      onWait(who) {
        if (performance.now() - looked < WAIT_MS) return;
        looked = performance.now();
        const there = images.n - missingFrom(reopen(set).index.find(images.keys)).length;
        onProgress(there, `${who}; waiting for it`);
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

/** Milliseconds between two looks at what another process has computed. */
const WAIT_MS = 1000;
