import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { shortPath } from '../../project.ts';
import { replaceFile } from '../files/replace-file.ts';
import { zipOf } from '../files/write-zip.ts';
import { listZip, readEntry, unpackTo } from '../files/zip.ts';
import type { ZipEntry } from '../files/zip-list.ts';
import { type KerasLayerWeights, writeKerasHdf5 } from './write-keras-hdf5.ts';

/** The parts of a `.keras` file that hold the layers and the weights (keras/src/saving/saving_lib.py). */
const [CONFIG, WEIGHTS] = ['config.json', 'model.weights.h5'];
/** The most bytes of a description of layers: Keras' own largest networks have some 2 MB. */
const MOST_CONFIG = 64 * 2 ** 20;

/**
 * Takes the weights out of a `.keras` file, into a temporary file.
 * @returns that file, and a function that removes it
 * @throws Error naming the archive, and its contents if it is not a Keras model
 */
export async function unpackKerasWeights(
  archive: string,
): Promise<{ readonly file: string; readonly remove: () => void }> {
  const entry = await partOf(archive, WEIGHTS);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'graft-keras-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const file = path.join(folder, WEIGHTS);
    await unpackTo(archive, entry, file);
    return { file, remove };
  } catch (cause) {
    remove();
    throw unreadable(archive, WEIGHTS, cause);
  }
}

/**
 * Reads the description of layers in a `.keras` file.
 * @throws Error naming the archive, and its contents if it is not a Keras model
 */
export async function kerasConfigIn(archive: string): Promise<unknown> {
  const entry = await partOf(archive, CONFIG);
  try {
    return JSON.parse((await readEntry(archive, entry, MOST_CONFIG)).toString('utf8'));
  } catch (cause) {
    throw unreadable(archive, CONFIG, cause);
  }
}

async function partOf(archive: string, part: string): Promise<ZipEntry> {
  const refused = (what: string): Error =>
    new Error(
      `${shortPath(archive)}: expected a Keras model or its weights; it is a ZIP archive ${what}. In Keras, ` +
        "`model.save_weights('mine.weights.h5')` writes a file that Graft reads.",
    );
  const entries = await listZip(archive).catch((cause: Error) => {
    throw refused(cause.message);
  });
  const entry = entries.find(({ name }) => name === part);
  if (entry) return entry;
  const names = entries.map(({ name }) => name).slice(0, 4);
  throw refused(`without ${part}: it holds ${names.join(', ') || 'nothing'}`);
}

const unreadable = (archive: string, part: string, cause: unknown): Error =>
  new Error(`${shortPath(archive)}: its ${part} cannot be read (${(cause as Error).message}).`, { cause });

/** The version of Keras whose layout of files Graft writes, which decides how Keras reads them. */
const KERAS = '3.0.0';

/**
 * Writes a `.keras` file.
 * @param config the description of layers
 * @param weights the layers' weights
 */
export async function writeKerasArchive(
  archive: string,
  config: object,
  weights: readonly KerasLayerWeights[],
): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'graft-keras-'));
  try {
    const file = path.join(folder, WEIGHTS);
    await writeKerasHdf5(file, weights);
    const text = (value: object): Buffer => Buffer.from(JSON.stringify(value), 'utf8');
    const parts = [
      { name: 'metadata.json', bytes: text({ keras_version: KERAS, date_saved: '1980-01-01@00:00:00' }) },
      { name: CONFIG, bytes: text(config) },
      { name: WEIGHTS, bytes: readFileSync(file) },
    ];
    replaceFile(archive, zipOf(parts));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
