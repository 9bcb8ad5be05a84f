import path from 'node:path';
import { commandLine, howToBringBack, IS_CLONE, ownData } from '../../home.mjs';
import { shortPath } from '../../project.ts';
import { readText } from '../../storage/files/read-file.ts';
import { sha256 } from '../../storage/files/hash.ts';
import { type Dataset, makeDataset } from '../dataset.ts';
import type { Splits } from '../subset.ts';

/** What `sample.json` says of the two sheets. */
export interface SampleFacts {
  readonly seed: number;
  readonly classNames: readonly string[];
  readonly splits: Readonly<
    Record<'train' | 'test', { readonly n: number; readonly labels: string; readonly sha256: string }>
  >;
}

/** Where the sample lies: `train.png` and `test.png`, sheets of pictures side by side, and `sample.json`. */
export const SAMPLE_FOLDER = ownData('cifar10-sample');
/** How many pictures stand in a row of a sheet. */
export const COLUMNS = 50;
const SIDE = 32;

/** @returns SHA-256 (hexadecimal) of pixels [N, 32, 32, 3] and labels [N] */
export const hashOfSample = (pixels: Uint8Array, labels: ArrayLike<number>): string =>
  sha256(pixels, Uint8Array.from(labels));

/**
 * Reads the sample of CIFAR-10 that comes with the project: 2,000 training and 1,000 test images, the same number from
 * each class, pixel by pixel those of CIFAR-10 (data/README.md).
 * @throws Error naming the file that is missing, damaged or changed, and how to bring it back
 * @example
 * const { train, test } = await cifar10Sample();
 */
export async function cifar10Sample({ folder = SAMPLE_FOLDER }: { readonly folder?: string } = {}): Promise<Splits> {
  const facts = await readFacts(folder);
  return { train: await readSplit(folder, 'train', facts), test: await readSplit(folder, 'test', facts) };
}

async function readSplit(
  folder: string,
  split: 'train' | 'test',
  { classNames, splits }: SampleFacts,
): Promise<Dataset> {
  const { n, labels: digits, sha256: expected } = splits[split];
  const file = path.join(folder, `${split}.png`);
  const pixels = await readSheet(file, n);
  const labels = Int32Array.from(digits, Number);
  const found = hashOfSample(pixels, labels);
  if (labels.length !== n || found !== expected)
    throw broken(file, `its images have SHA-256 ${found} instead of ${expected}`);
  return makeDataset({ name: `cifar10-sample ${split}`, pixels, imageSize: [SIDE, SIDE], labels, classNames });
}

async function readFacts(folder: string): Promise<SampleFacts> {
  const file = path.join(folder, 'sample.json');
  try {
    const facts = JSON.parse(await readText(file)) as SampleFacts;
    if (!facts.classNames.length || !facts.splits.train.sha256 || !facts.splits.test.sha256)
      throw new Error('parts are missing');
    return facts;
  } catch (cause) {
    throw broken(file, (cause as Error).message, cause);
  }
}

/** @returns the first n pictures of a sheet, [n, 32, 32, 3] uint8 */
async function readSheet(file: string, n: number): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const { data, info } = await sharp(file)
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw broken(file, (cause as Error).message, cause);
    });
  const [width, height] = [COLUMNS * SIDE, Math.ceil(n / COLUMNS) * SIDE];
  if (info.width !== width || info.height !== height || info.channels !== 3)
    throw broken(file, `expected ${width}×${height}×3; got ${info.width}×${info.height}×${info.channels}`);
  const pixels = new Uint8Array(n * SIDE * SIDE * 3);
  for (let i = 0; i < n; i++) {
    const [top, left] = [Math.floor(i / COLUMNS) * SIDE, (i % COLUMNS) * SIDE];
    for (let r = 0; r < SIDE; r++) {
      const from = ((top + r) * width + left) * 3;
      pixels.set(data.subarray(from, from + SIDE * 3), (i * SIDE + r) * SIDE * 3);
    }
  }
  return pixels;
}

const broken = (file: string, why: string, cause?: unknown): Error =>
  new Error(
    `${shortPath(file)}, a part of the project, is missing or damaged: ${why}. ` +
      `${IS_CLONE ? howToBringBack(SAMPLE_FOLDER) : 'CIFAR-10 states no licence, so that no package carries its pictures.'} ` +
      `\`${commandLine('download')}\` fetches the whole of CIFAR-10.`,
    { cause },
  );
