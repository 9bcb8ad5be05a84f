import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commandLine, IS_CLONE } from '../../home.mjs';
import { dataFolder, shortPath } from '../../project.ts';
import { download, type DownloadOptions, type RemoteFile } from '../../storage/downloads/download.ts';
import { sha256 } from '../../storage/files/hash.ts';
import { lock } from '../../storage/files/lock.ts';
import { unpack } from '../../storage/downloads/unpack.ts';

/** The home of CIFAR-10 (A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009). */
export const CIFAR10_ARCHIVE: RemoteFile = {
  url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  md5: 'c32a1d4ab5d03f1284b67883e8d87530',
};

/** The batches of each split. */
export const CIFAR10_FILES = {
  train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
  test: ['test_batch.bin'],
} as const;
/** Records in a file, and bytes of one: a label, then planes R, G, B of 32×32. */
export const [CIFAR10_RECORDS, CIFAR10_RECORD] = [10_000, 1 + 3 * 32 * 32];

/**
 * Finds the folder that holds CIFAR-10's binary version: `CIFAR10_DIR`, else `data/cifar-10-batches-bin`; in both cases
 * the folder itself or a `cifar-10-batches-bin` in it.
 * @returns undefined if it is not found
 * @throws Error when `CIFAR10_DIR` is set and holds no CIFAR-10
 */
export function findCifar10(): string | undefined {
  const named = process.env.CIFAR10_DIR; // empty: as if it were not set
  const folder = named || dataFolder();
  for (const candidate of [folder, path.join(folder, 'cifar-10-batches-bin')]) {
    if ([...CIFAR10_FILES.train, ...CIFAR10_FILES.test].some((file) => existsSync(path.join(candidate, file))))
      return candidate;
  }
  if (named) {
    throw new Error(
      `CIFAR10_DIR: expected a folder with data_batch_1.bin … data_batch_5.bin and test_batch.bin; "${named}" has none. ` +
        `Point it at the unpacked binary version, or unset it and run \`${commandLine('download', IS_CLONE ? '' : 'cifar10')}\`.`,
    );
  }
  return undefined;
}

/**
 * Reads one batch file.
 * @param records takes its 10,000 records of 3,073 bytes
 * @throws Error naming the file, with expected and found size, or if its checksum differs from the one beside it
 */
export async function readCifar10Batch(folder: string, name: string, records: Buffer): Promise<void> {
  const file = path.join(folder, name);
  await readWhole(file, records);
  const expected = await expectedSum(folder, name);
  if (expected && sha256(records) !== expected) {
    throw new Error(
      `${shortPath(file)} is damaged: its checksum differs from that in ${SUMS}. Delete the folder and run \`${commandLine('download', IS_CLONE ? '' : 'cifar10')}\`.`,
    );
  }
}

/** Fills `records` with one batch file, which must have exactly that size. */
async function readWhole(file: string, records: Buffer): Promise<void> {
  const handle = await open(file).catch((cause: NodeJS.ErrnoException) => {
    const what = cause.code === 'ENOENT' ? 'is missing' : `cannot be read (${cause.code})`;
    throw new Error(
      `${shortPath(file)} ${what}: expected ${records.length} bytes, ${CIFAR10_RECORDS} records of ${CIFAR10_RECORD}. ` +
        'CIFAR-10 has data_batch_1.bin … data_batch_5.bin and test_batch.bin.',
      { cause },
    );
  });
  try {
    const { size } = await handle.stat();
    const { bytesRead } =
      size === records.length ? await handle.read(records, 0, records.length, 0) : { bytesRead: size };
    if (size !== records.length || bytesRead !== size) {
      throw new Error(
        `${shortPath(file)}: expected ${records.length} bytes, ${CIFAR10_RECORDS} records of ${CIFAR10_RECORD}; got ${Math.min(size, bytesRead)}.`,
      );
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
  const names: string[] = [...CIFAR10_FILES.train, ...CIFAR10_FILES.test];
  const isThere = (): boolean => names.every((name) => existsSync(path.join(folder, name)));
  if (isThere()) return folder;
  await mkdir(to, { recursive: true });
  const unlock = await lock(`${folder}.lock`, { signal: options.signal, everywhere: true });
  try {
    if (!isThere()) await downloadAndUnpack(to, folder, archive, options);
    return folder;
  } finally {
    unlock();
  }
}

/** @param folder the folder to unpack to, as a whole or not at all; nobody else uses it */
async function downloadAndUnpack(
  to: string,
  folder: string,
  archive: RemoteFile,
  options: DownloadOptions,
): Promise<void> {
  const names: string[] = [...CIFAR10_FILES.train, ...CIFAR10_FILES.test];
  const file = path.join(to, 'cifar-10-binary.tar.gz');
  await download(archive, file, options);
  const unpacking = `${folder}.unpacking`;
  await rm(unpacking, { recursive: true, force: true });
  await mkdir(unpacking, { recursive: true });
  await unpack(file, unpacking);
  const missing = names.filter((name) => !existsSync(path.join(unpacking, name)));
  if (missing.length)
    throw new Error(`${shortPath(file)}: expected ${names.join(', ')} in it; ${missing.join(', ')} missing.`);
  // what was unpacked from an archive with the right checksum is checked against its own checksums from now on
  const sums = await Promise.all(names.map(async (name) => `${await sha256Of(path.join(unpacking, name))}  ${name}\n`));
  await writeFile(path.join(unpacking, SUMS), sums.join(''));
  await rm(folder, { recursive: true, force: true });
  await rename(unpacking, folder);
  await rm(file, { force: true });
}

/** File of the batches' checksums, as `sha256sum` writes them, beside them. */
const SUMS = 'SHA256SUMS';

const sha256Of = async (file: string): Promise<string> => sha256(await readFile(file));

/** Gives the checksum that a batch file must have, if it is known. */
async function expectedSum(folder: string, name: string): Promise<string | undefined> {
  const sums = await readFile(path.join(folder, SUMS), 'utf8').catch(() => '');
  return new RegExp(`^([0-9a-f]{64})  ${name.replace('.', '\\.')}$`, 'm').exec(sums)?.[1];
}
