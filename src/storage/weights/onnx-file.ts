import { createHash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { shortPath } from '../../project.ts';
import { blobFolders } from '../hub/cache.ts';

/** The most bytes of one protobuf message; weights of larger networks lie beside the model. */
const MOST_BYTES = 2 ** 31;

/** The beginnings of some files that are mistaken for ONNX. */
const STARTS: readonly (readonly [start: string, what: string])[] = [
  ['<!doctype html', 'a web page; the download went wrong'],
  ['<html', 'a web page; the download went wrong'],
  ['version https://git-lfs', 'a pointer of Git LFS; `git lfs pull` fetches the file itself'],
  ['PK\x03\x04', 'a ZIP archive: a PyTorch checkpoint or a Keras file; export it to ONNX'],
  ['\x89HDF', "an HDF5 file; Keras' weights are loaded with { weights }"],
  ['ORTM', "a model in ONNX Runtime's own format, which cannot be cut; take the .onnx file"],
];

/**
 * Reads an ONNX file.
 * @returns its bytes
 * @throws Error saying what came instead, if its beginning shows it
 */
export function readOnnxBytes(file: string): Uint8Array {
  const named = shortPath(file);
  const facts = statSync(file, { throwIfNoEntry: false });
  if (!facts?.isFile())
    throw new Error(`${named}: expected an ONNX file; ${facts ? 'it is a folder' : 'there is none'}.`);
  if (facts.size >= MOST_BYTES)
    throw new Error(
      `${named}: expected less than 2 GiB; got ${facts.size} bytes. \`onnx.save(model, path, save_as_external_data=True)\` ` +
        'in Python puts the weights beside it.',
    );
  const bytes = readFileSync(file);
  const start = bytes.toString('latin1', 0, 64).trimStart();
  const [, what] = STARTS.find(([begins]) => start.toLowerCase().startsWith(begins.toLowerCase())) ?? [];
  if (!bytes.length || what) throw new Error(`${named}: expected an ONNX file; got ${what ?? 'an empty file'}.`);
  return bytes;
}

/** The files beside a model that hold its weights. */
export interface BesideFiles {
  /** @throws Error naming the file that is missing, too short, or outside the model's folder */
  read(location: string, offset: number, length: number): Uint8Array;
  close(): void;
}

/** Opens the files beside a model when they are first read. */
export function besideFiles(model: string): BesideFiles {
  const open = new Map<string, number>();
  return {
    read(location, offset, length) {
      const file = besideFile(model, location);
      const descriptor = open.get(file) ?? openSync(file, 'r');
      open.set(file, descriptor);
      const { size } = fstatSync(descriptor);
      if (!(offset >= 0 && length >= 0 && offset + length <= size))
        throw new Error(
          `${shortPath(file)}: expected bytes ${offset} to ${offset + length}, which ${shortPath(model)} names; it has ${size}. ` +
            'The two belong to different models, or one is cut short.',
        );
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const got = readSync(descriptor, bytes, done, length - done, offset + done);
        if (!got) throw new Error(`${shortPath(file)} became shorter while it was read.`);
        done += got;
      }
      return bytes;
    },
    close() {
      for (const descriptor of open.values()) closeSync(descriptor);
    },
  };
}

/** Gives the path of a file beside a model: in the model's own folder, or below it. */
export function besideFile(model: string, location: string): string {
  const folder = path.dirname(path.resolve(model));
  const file = path.resolve(folder, location);
  const refused = (): Error =>
    new Error(
      `${shortPath(model)}: expected its weights in a file of its own folder; it names "${location}", which leads out of it. ` +
        'Such a file is not read.',
    );
  if (!location || !file.startsWith(`${folder}${path.sep}`)) throw refused();
  if (!existsSync(file))
    throw new Error(
      `${shortPath(model)}: expected its weights in ${location} beside it; the file is missing. ` +
        'Both have to be downloaded, and keep their names.',
    );
  // a cache links a model and its weights to files named by their hash, side by side; a hub's file may lie in a folder
  // of its own
  const homes = [
    folder,
    path.dirname(realpathSync(model)),
    ...blobFolders(model).filter((home) => existsSync(home)),
  ].map((home) => `${realpathSync(home)}${path.sep}`);
  if (!homes.some((home) => realpathSync(file).startsWith(home))) throw refused();
  return file;
}

/**
 * Names a model's content.
 * @param beside the files beside it that hold weights
 * @returns SHA-256, hexadecimal
 */
export function onnxFileHash(bytes: Uint8Array, model: string, beside: readonly string[]): string {
  const own = createHash('sha256').update(bytes).digest('hex');
  if (!beside.length) return own;
  const hash = createHash('sha256').update(own);
  for (const location of [...beside].sort())
    hash.update(JSON.stringify([location, sumOfFile(besideFile(model, location))]));
  return hash.digest('hex');
}

/** The bytes read at once. */
const BLOCK = 1 << 22;

function sumOfFile(file: string): string {
  const hash = createHash('sha256');
  const descriptor = openSync(file, 'r');
  try {
    const block = new Uint8Array(BLOCK);
    for (let got = readSync(descriptor, block); got; got = readSync(descriptor, block))
      hash.update(block.subarray(0, got));
    return hash.digest('hex');
  } finally {
    closeSync(descriptor);
  }
}

/** Finds the nearest file of a name beside a model, or one folder up if the model lies in a folder `onnx`. */
export function findBesideModel(model: string, name: string): string | undefined {
  const folder = path.dirname(path.resolve(model));
  const folders = [folder, ...(path.basename(folder) === 'onnx' ? [path.dirname(folder)] : [])];
  return folders.map((beside) => path.join(beside, name)).find((file) => existsSync(file));
}
