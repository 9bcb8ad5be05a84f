import path from 'node:path';
import { dataFolder, shortPath } from '../project.ts';
import {
  CIFAR10_FILES,
  CIFAR10_RECORD,
  CIFAR10_RECORDS,
  findCifar10,
  readCifar10Batch,
} from '../storage/cifar10-files.ts';
import { type Dataset, makeDataset } from './dataset.ts';
import type { Splits } from './subset.ts';

const CLASS_NAMES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const SIDE = 32;
const PLANE = SIDE * SIDE;

/**
 * Reads CIFAR-10 (A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009) from its official
 * binary version: 50,000 training and 10,000 test images of 32×32 pixels, ten classes.
 * @param options.folder @default `CIFAR10_DIR`, else `data/cifar-10-batches-bin`
 * @throws Error that names the file, with expected and found size or value
 */
export async function cifar10({ folder = findCifar10() }: { readonly folder?: string } = {}): Promise<Splits> {
  if (!folder) {
    throw new Error(
      `CIFAR-10 was not found: expected CIFAR10_DIR to name its folder, or ${shortPath(dataFolder())}/cifar-10-batches-bin. ` +
        '`npm run download` fetches it; `cifar10Sample()` reads 3,000 of its images, which come with the project.',
    );
  }
  return { train: await readSplit(folder, 'train'), test: await readSplit(folder, 'test') };
}

async function readSplit(folder: string, split: 'train' | 'test'): Promise<Dataset> {
  const files = CIFAR10_FILES[split];
  const pixels = new Uint8Array(files.length * CIFAR10_RECORDS * 3 * PLANE);
  const labels = new Int32Array(files.length * CIFAR10_RECORDS);
  const records = Buffer.alloc(CIFAR10_RECORDS * CIFAR10_RECORD);
  for (const [f, name] of files.entries()) {
    await readCifar10Batch(folder, name, records);
    const n = f * CIFAR10_RECORDS;
    decodeRecords(records, pixels.subarray(n * 3 * PLANE), labels.subarray(n), shortPath(path.join(folder, name)));
  }
  return makeDataset({ name: `cifar10 ${split}`, pixels, imageSize: [SIDE, SIDE], labels, classNames: CLASS_NAMES });
}

/**
 * Decodes records of a label and three planes into interleaved pixels.
 * @param records [n, 3073] uint8
 * @param pixels takes [n, 32, 32, 3]
 * @param labels takes [n]
 * @param file names them in errors
 * @throws Error naming the record whose label is not one of the ten, or sizes that do not fit
 */
export function decodeRecords(records: Uint8Array, pixels: Uint8Array, labels: Int32Array, file: string): void {
  if (records.length % CIFAR10_RECORD)
    throw new Error(`${file}: expected records of ${CIFAR10_RECORD} bytes; got ${records.length} bytes.`);
  for (let i = 0; i < records.length / CIFAR10_RECORD; i++) {
    const at = i * CIFAR10_RECORD;
    const label = records[at];
    if (label >= CLASS_NAMES.length)
      throw new Error(`${file}: expected labels 0..9; record ${i} (byte ${at}) has ${label}.`);
    labels[i] = label;
    // planes → interleaved
    for (let p = 0, to = i * 3 * PLANE, from = at + 1; p < PLANE; p++, to += 3, from++) {
      pixels[to] = records[from];
      pixels[to + 1] = records[from + PLANE];
      pixels[to + 2] = records[from + 2 * PLANE];
    }
  }
}
