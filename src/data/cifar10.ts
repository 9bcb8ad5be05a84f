import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dataFolder, shortPath } from '../project.ts';
import { download, type DownloadOptions, type RemoteFile } from '../storage/download.ts';
import { type Images, makeImages } from './images.ts';
import { unpack } from '../storage/unpack.ts';

/** The home of CIFAR-10 (A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009). */
export const CIFAR10_ARCHIVE: RemoteFile = {
  url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  md5: 'c32a1d4ab5d03f1284b67883e8d87530',
};

const CLASS_NAMES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const FILES = {
  train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
  test: ['test_batch.bin'],
} as const;
const RECORDS = 10_000; // a file
const SIDE = 32;
const PLANE = SIDE * SIDE;
const RECORD = 1 + 3 * PLANE; // label, then planes R, G, B

/**
 * The folder that holds CIFAR-10's binary version: `CIFAR10_DIR`, else `data/cifar-10-batches-bin`; in both cases
 * the folder itself or a `cifar-10-batches-bin` in it.
 * @returns undefined where it is not found
 * @throws Error when `CIFAR10_DIR` is set and holds no CIFAR-10
 */
export function findCifar10(): string | undefined {
  const named = process.env.CIFAR10_DIR; // empty: as if it were not set
  const folder = named || dataFolder();
  for (const candidate of [folder, path.join(folder, 'cifar-10-batches-bin')]) {
    if ([...FILES.train, ...FILES.test].some((file) => existsSync(path.join(candidate, file)))) return candidate;
  }
  if (named) {
    throw new Error(
      `CIFAR10_DIR: expected a folder with data_batch_1.bin … data_batch_5.bin and test_batch.bin; "${named}" has none. ` +
        'Point it at the unpacked binary version, or unset it and run `npm run download`.',
    );
  }
  return undefined;
}

/**
 * Reads CIFAR-10 from its official binary version: 50,000 training or 10,000 test images.
 * @param options.split @default 'train'
 * @param options.folder @default what {@link findCifar10} finds
 * @returns images [N, 32, 32, 3] uint8, ten classes
 * @throws Error that names the file, with expected and found size or value
 */
export async function cifar10({
  split = 'train',
  folder = findCifar10(),
}: { readonly split?: 'train' | 'test'; readonly folder?: string } = {}): Promise<Images> {
  if (!(split in FILES)) throw new RangeError(`split: expected train or test; got "${String(split)}".`);
  if (!folder) {
    throw new Error(
      `CIFAR-10 was not found: expected CIFAR10_DIR to name its folder, or ${shortPath(dataFolder())}/cifar-10-batches-bin. ` +
        '`npm run download` fetches it.',
    );
  }
  const files = FILES[split];
  const pixels = new Uint8Array(files.length * RECORDS * 3 * PLANE);
  const labels = new Int32Array(files.length * RECORDS);
  const records = Buffer.alloc(RECORDS * RECORD);
  for (const [f, name] of files.entries()) {
    await readBatch(path.join(folder, name), records);
    const expected = await expectedSum(folder, name);
    if (expected && createHash('sha256').update(records).digest('hex') !== expected) {
      throw new Error(`${shortPath(path.join(folder, name))} is damaged: its checksum differs from that in ${SUMS}. Delete the folder and run \`npm run download\`.`);
    }
    const n = f * RECORDS;
    decodeRecords(records, pixels.subarray(n * 3 * PLANE), labels.subarray(n), shortPath(path.join(folder, name)));
  }
  return makeImages({ name: `cifar10 ${split}`, pixels, size: [SIDE, SIDE], labels, classNames: CLASS_NAMES });
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
  if (records.length % RECORD) throw new Error(`${file}: expected records of ${RECORD} bytes; got ${records.length} bytes.`);
  for (let i = 0; i < records.length / RECORD; i++) {
    const at = i * RECORD;
    const label = records[at];
    if (label >= CLASS_NAMES.length) throw new Error(`${file}: expected labels 0..9; record ${i} (byte ${at}) has ${label}.`);
    labels[i] = label;
    // planes → interleaved
    for (let p = 0, to = i * 3 * PLANE, from = at + 1; p < PLANE; p++, to += 3, from++) {
      pixels[to] = records[from];
      pixels[to + 1] = records[from + PLANE];
      pixels[to + 2] = records[from + 2 * PLANE];
    }
  }
}

/** Fills `records` with one batch file, which must have exactly that size. */
async function readBatch(file: string, records: Buffer): Promise<void> {
  const handle = await open(file).catch((cause: NodeJS.ErrnoException) => {
    const what = cause.code === 'ENOENT' ? 'is missing' : `cannot be read (${cause.code})`;
    throw new Error(
      `${shortPath(file)} ${what}: expected ${records.length} bytes, ${RECORDS} records of ${RECORD}. ` +
        'CIFAR-10 has data_batch_1.bin … data_batch_5.bin and test_batch.bin.',
      { cause },
    );
  });
  try {
    const { size } = await handle.stat();
    const { bytesRead } = size === records.length ? await handle.read(records, 0, records.length, 0) : { bytesRead: size };
    if (size !== records.length || bytesRead !== size) {
      throw new Error(`${shortPath(file)}: expected ${records.length} bytes, ${RECORDS} records of ${RECORD}; got ${Math.min(size, bytesRead)}.`);
    }
  } finally {
    await handle.close();
  }
}

/**
 * Downloads CIFAR-10 from its home to `data/cifar-10-batches-bin`, resuming an earlier try; the archive's checksum is
 * verified before anything is unpacked.
 * @returns the folder
 */
export async function downloadCifar10({
  to = dataFolder(),
  archive = CIFAR10_ARCHIVE,
  ...options
}: { readonly to?: string; readonly archive?: RemoteFile } & DownloadOptions = {}): Promise<string> {
  const folder = path.join(to, 'cifar-10-batches-bin');
  const names: string[] = [...FILES.train, ...FILES.test];
  if (names.every((name) => existsSync(path.join(folder, name)))) return folder;
  const file = path.join(to, 'cifar-10-binary.tar.gz');
  await download(archive, file, options);
  const unpacking = `${folder}.unpacking`;
  await rm(unpacking, { recursive: true, force: true });
  await mkdir(unpacking, { recursive: true });
  await unpack(file, unpacking);
  const missing = names.filter((name) => !existsSync(path.join(unpacking, name)));
  if (missing.length) throw new Error(`${shortPath(file)}: expected ${names.join(', ')} in it; ${missing.join(', ')} missing.`);
  // what was unpacked from an archive with the right checksum is held to its own from now on
  const sums = await Promise.all(names.map(async (name) => `${await sha256Of(path.join(unpacking, name))}  ${name}\n`));
  await writeFile(path.join(unpacking, SUMS), sums.join(''));
  await rm(folder, { recursive: true, force: true });
  await rename(unpacking, folder);
  await rm(file, { force: true });
  return folder;
}

/** The checksums of the batches, as `sha256sum` writes them, beside them. */
const SUMS = 'SHA256SUMS';

async function sha256Of(file: string): Promise<string> {
  return createHash('sha256').update(await readFile(file)).digest('hex');
}

/** What a batch file has to be, where that is known. */
async function expectedSum(folder: string, name: string): Promise<string | undefined> {
  const sums = await readFile(path.join(folder, SUMS), 'utf8').catch(() => '');
  return new RegExp(`^([0-9a-f]{64})  ${name.replace('.', '\\.')}$`, 'm').exec(sums)?.[1];
}
