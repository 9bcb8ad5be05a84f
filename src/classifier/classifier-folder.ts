import { constants, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { shortPath } from '../project.ts';
import { sha256 } from '../storage/files/hash.ts';
import { removeLeftovers, temporaryName } from '../storage/files/put.ts';
import { makeFolder, replaceFile } from '../storage/files/replace-file.ts';
import { readSealed, writeSealed } from '../storage/files/sealed-json.ts';

const FILE = 'classifier.json';
/** The same file in a folder that `graft export --to hub` wrote, among the files that others read. */
export const IN_HUB_FOLDER = 'graft.json';
/** The graph in such a folder. */
export const HUB_MODEL = 'onnx/model.onnx';
/**
 * Names the file of the head's weights. Other weights get another name: the old ones stay until classifier.json is
 * replaced.
 */
const headFile = (sum: string): string => `head-${sum.slice(0, 12)}.bin`;
/**
 * Names the file of the pictures that it has seen: a file of its own, so that a classifier can be given away without
 * it.
 */
const seenFile = (sum: string): string => `seen-${sum.slice(0, 12)}.bin`;

/**
 * Writes a classifier's folder: `classifier.json`, `head-….bin` and `seen-….bin`. A classifier that is already there is
 * replaced as a whole or not at all.
 * @param parts the head's weights; names of the pictures that it has seen, if they are known
 * @param describe makes the content of classifier.json, given the SHA-256 of both
 * @param file what that file is called
 */
export function writeClassifierFolder(
  folder: string,
  { head, seen }: { readonly head: Uint8Array; readonly seen?: Uint8Array },
  describe: (sums: { readonly head: string; readonly seen?: string }) => object,
  file: typeof FILE | typeof IN_HUB_FOLDER = FILE,
): void {
  makeFolder(folder);
  removeLeftovers(folder);
  const sums = { head: sha256(head), ...(seen && { seen: sha256(seen) }) };
  replaceFile(path.join(folder, headFile(sums.head)), head);
  if (seen) replaceFile(path.join(folder, seenFile(sums.seen!)), seen);
  // through JSON, so that the checksum belongs to what will be read
  writeSealed(path.join(folder, file), JSON.parse(JSON.stringify(describe(sums))) as object);
  const kept = [headFile(sums.head), sums.seen && seenFile(sums.seen)];
  for (const name of readdirSync(folder))
    if (/^(head|seen)-[0-9a-f]{12}\.bin$/.test(name) && !kept.includes(name))
      rmSync(path.join(folder, name), { force: true });
}

/** Copies a file into a folder, as a whole or not at all, unless it is already there. @returns its name there */
export async function copyInto(folder: string, file: string, name = path.basename(file)): Promise<string> {
  const target = path.join(folder, name);
  makeFolder(path.dirname(target));
  if (path.resolve(target) === path.resolve(file)) return name;
  const temporary = temporaryName(target);
  try {
    await copyFile(file, temporary, constants.COPYFILE_EXCL);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return name;
}

/**
 * Reads `classifier.json`, or `graft.json` of a folder for the hub.
 * @throws Error saying that there is none, or that it is damaged
 */
export function readClassifierJson<T extends object>(folder: string): { readonly file: string; readonly saved: T } {
  const names = [FILE, IN_HUB_FOLDER].map((name) => path.join(folder, name));
  const file = names.find((name) => existsSync(name)) ?? names[0];
  if (!existsSync(file))
    throw new Error(
      `${shortPath(file)}: expected a classifier saved by \`npx graft train --save FOLDER\`; there is none.`,
    );
  return { file: shortPath(file), saved: readSealed<T>(file) };
}

/**
 * Reads the head's weights.
 * @param sum the SHA-256 that they must have
 * @param bytes the length that they must have
 * @throws Error naming the file
 */
export function readHead(folder: string, sum: string, bytes: number): ArrayBuffer {
  const file = path.join(folder, headFile(sum));
  let data: Buffer;
  try {
    data = readFileSync(file);
  } catch (cause) {
    throw new Error(`${shortPath(file)}: expected the head's weights; ${(cause as Error).message}`, { cause });
  }
  if (data.length !== bytes) throw new Error(`${shortPath(file)}: expected ${bytes} bytes; got ${data.length}.`);
  if (sha256(data) !== sum) throw new Error(`${shortPath(file)} is damaged: its checksum differs.`);
  return new Uint8Array(data).buffer;
}

/**
 * Reads the names of the pictures that a classifier has seen.
 * @param sum the SHA-256 that they must have
 * @returns undefined if they are not there: a classifier may be given away without them
 * @throws Error naming the file, if it is damaged
 */
export function readSeen(folder: string, sum: string): Uint8Array | undefined {
  const file = path.join(folder, seenFile(sum));
  if (!existsSync(file)) return undefined;
  const data = readFileSync(file);
  if (sha256(data) === sum) return data;
  throw new Error(
    `${shortPath(file)} is damaged: its checksum differs. Remove it, and the classifier works without knowing which pictures it has seen.`,
  );
}

/** Finds a file that may lie in the folder itself, or elsewhere. @returns undefined if it is in neither place */
export function findBeside(folder: string, file: string): string | undefined {
  const own = path.resolve(folder, file);
  return existsSync(own) ? own : undefined;
}
