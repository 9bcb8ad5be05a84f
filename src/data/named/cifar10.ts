import path from 'node:path';
import { commandLine } from '../../home.mjs';
import { dataFolder, shortPath } from '../../project.ts';
import { CIFAR10_FILES, CIFAR10_RECORD, CIFAR10_RECORDS, findCifar10, readCifar10Batch } from './cifar10-files.ts';
import { type Dataset, datasetOf } from '../dataset.ts';
import type { Splits } from '../subset.ts';

const CLASS_NAMES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const SIDE = 32;
const PLANE = SIDE * SIDE;

/**
 * Reads CIFAR-10 (A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009) from its official
 * binary version: 50,000 training and 10,000 test images of 32×32 pixels, ten classes.
 * @param options.folder @default `CIFAR10_DIR`, else `data/cifar-10-batches-bin`
 * @throws Error that names the file, with expected and found size or value
 * @example
 * const images = await cifar10({ folder: 'cifar-10-batches-bin' });
 */
export async function cifar10({ folder = findCifar10() }: { readonly folder?: string } = {}): Promise<Splits> {
  if (!folder) {
    throw new Error(
      `CIFAR-10 was not found: expected CIFAR10_DIR to name its folder, or ${shortPath(dataFolder())}/cifar-10-batches-bin. ` +
        `\`${commandLine('download')}\` fetches it; \`cifar10Sample()\` reads 3,000 of its images, which come with the project.`,
    );
  }
  return { train: await readSplit(folder, 'train'), test: await readSplit(folder, 'test') };
}

async function readSplit(folder: string, split: 'train' | 'test'): Promise<Dataset> {
  const files = CIFAR10_FILES[split];
  const bytes = CIFAR10_RECORDS * CIFAR10_RECORD;
  const records = Buffer.alloc(files.length * bytes);
  const labels = new Int32Array(files.length * CIFAR10_RECORDS);
  for (const [f, name] of files.entries()) {
    const batch = records.subarray(f * bytes, (f + 1) * bytes);
    await readCifar10Batch(folder, name, batch);
    labels.set(labelsOf(batch, shortPath(path.join(folder, name))), f * CIFAR10_RECORDS);
  }
  const parts = { name: `cifar10 ${split}`, labels, classNames: CLASS_NAMES, imageSize: [SIDE, SIDE] } as const;
  // pixels are put side by side when they are asked for: for 60,000 pictures that takes half a second
  return datasetOf(parts, (i) => pixelsOf(records, i));
}

/**
 * Reads the labels of records, each made of a label and three planes.
 * @param records [n, 3073] uint8
 * @param file names them in errors
 * @throws Error naming the record whose label is not one of the ten, or sizes that do not fit
 */
export function labelsOf(records: Uint8Array, file: string): Int32Array {
  if (records.length % CIFAR10_RECORD)
    throw new Error(`${file}: expected records of ${CIFAR10_RECORD} bytes; got ${records.length} bytes.`);
  return Int32Array.from({ length: records.length / CIFAR10_RECORD }, (_, i) => {
    const label = records[i * CIFAR10_RECORD];
    if (label < CLASS_NAMES.length) return label;
    throw new Error(`${file}: expected labels 0..9; record ${i} (byte ${i * CIFAR10_RECORD}) has ${label}.`);
  });
}

/** Gives the i-th record's planes as interleaved pixels [32, 32, 3]. */
export function pixelsOf(records: Uint8Array, i: number): Uint8Array {
  const pixels = new Uint8Array(3 * PLANE);
  for (let p = 0, to = 0, from = i * CIFAR10_RECORD + 1; p < PLANE; p++, to += 3, from++) {
    pixels[to] = records[from];
    pixels[to + 1] = records[from + PLANE];
    pixels[to + 2] = records[from + 2 * PLANE];
  }
  return pixels;
}
