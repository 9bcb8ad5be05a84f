import { setImmediate as breathe } from 'node:timers/promises';
import { formatOfName } from '../../pixels/formats/formats.ts';
import { pictureHeader, START } from '../../pixels/formats/picture-header.ts';
import { FEW_BYTES, remarkOnBytes, remarkOnPixels } from '../../pixels/remarks.ts';
import { sha256 } from '../../storage/files/hash.ts';
import { KEY_BYTES } from '../../storage/rows/keys.ts';
import {
  forgetFile,
  isSame,
  isLongUnchanged,
  type KnownFile,
  noteProblem,
  readIndex,
  withFormerProblem,
  writeIndex,
} from './picture-index.ts';
import { readIfWanted } from '../../storage/files/read-file.ts';
import type { FileState } from '../../storage/files/walk.ts';
import { checkReadable, decodeWhole } from './decode.ts';
import type { Source } from '../items.ts';
import { PictureProblem, problemOf } from './problem.ts';
import { readingOfHeader } from './reading.ts';

/** A file to look at. */
export interface FileToSee extends FileState {
  /** Its name in the index and for people. */
  readonly name: string;
  /** Where it lies. */
  readonly file: string;
}

export interface LookOptions {
  /** Called after each file, with how many are done, how many of them were known, and how many there are. */
  readonly onFile?: (done: number, known: number, total: number) => void;
  /** Ends the look; what was seen is noted. */
  readonly signal?: AbortSignal;
}

/** Files of more bytes than this are left out. */
export const BYTE_LIMIT = 512 * 2 ** 20;
/** How many files are read at once. */
const AT_ONCE = 8;
/** Time between two notes in the index, in ms. */
const NOTE_MS = 20_000;

/**
 * Looks at files before anything is computed: each is read once, named by its content, and its header checked. It is
 * decoded only if its end is missing, its header says too little, or it has few bytes for its size or 16 bits a sample.
 * Files that are as they were when last seen are not read.
 * @param source the folder or table that they belong to, which names the index
 * @returns what is known of each, in the same order
 * @throws the signal's reason when aborted; what was seen by then is noted
 */
export async function lookAtFiles(
  source: string,
  files: readonly FileToSee[],
  { onFile, signal }: LookOptions = {},
): Promise<KnownFile[]> {
  const index = readIndex(source);
  const seen = new Array<KnownFile>(files.length);
  const unknown: number[] = [];
  files.forEach((file, i) => {
    const known = index.get(file.name);
    if (known && isSame(known, file)) seen[i] = known;
    else unknown.push(i);
  });
  const found = files.length - unknown.length;
  let [done, next, noted, changed] = [found, 0, performance.now(), false];
  onFile?.(done, found, files.length);
  const reader = async (): Promise<void> => {
    while (next < unknown.length && !signal?.aborted) {
      const i = unknown[next++];
      const { name, file, size, changed: at, touched, inode } = files[i];
      const state = { size, changed: at, touched, inode };
      const settled = isLongUnchanged(state);
      seen[i] = withFormerProblem(await see(file, name, state), index.get(name));
      const passing = problemOf(seen[i]) === 'cannot be opened'; // the index would not show when it can be
      if (settled && !passing) {
        index.set(name, seen[i]);
        changed = true;
      }
      onFile?.(++done, found, files.length);
      if (done % 64 === 0) await breathe();
      if (performance.now() - noted > NOTE_MS) {
        noted = performance.now();
        writeIndex(source, index);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  const names = new Set(files.map(({ name }) => name));
  for (const name of index.keys()) if (!names.has(name)) changed = index.delete(name) || changed;
  if (changed) writeIndex(source, index);
  signal?.throwIfAborted();
  return seen;
}

async function see(file: string, name: string, state: FileState): Promise<KnownFile> {
  const facts = { ...state, ...NOTHING };
  try {
    if (!state.size) return { ...facts, problem: 'empty' };
    if (state.size > BYTE_LIMIT) return { ...facts, problem: `too large: ${state.size} bytes` };
    const bytes = await readIfWanted(file, START, (start) => pictureHeader(start, name) !== undefined);
    return await seeBytes(bytes, name, state);
  } catch (error) {
    return { ...facts, problem: `cannot be opened: ${(error as Error).message}` };
  }
}

/** The facts of a file that was not read. */
export const NOTHING = { content: '', format: '', width: 0, height: 0, reading: 1, remark: '' } as const;

/**
 * Tells what a picture's bytes say about it.
 * @param name the file's, or ''
 */
export async function seeBytes(bytes: Uint8Array, name: string, state: FileState): Promise<KnownFile> {
  const none = { ...state, ...NOTHING };
  if (!bytes.length) return { ...none, problem: 'empty' };
  const header = pictureHeader(bytes, name);
  if (!header) {
    const promised = formatOfName(name);
    return { ...none, problem: promised ? `no picture: its name says ${promised.toUpperCase()}` : 'no picture' };
  }
  const { format, width, height } = header;
  const known = { ...none, content: contentOf(bytes), format, width, height, reading: readingOfHeader(header) };
  try {
    checkReadable(header, bytes);
    const remark = remarkOnBytes(bytes, header);
    const plain = (bytes.length > width * height * FEW_BYTES && !header.wide) || format === 'heic';
    if (header.whole && width && height && plain) return { ...known, problem: '', remark };
    const { size, pixels } = await decodeWhole(bytes);
    return { ...known, height: size[0], width: size[1], problem: '', remark: remarkOnPixels(pixels, size) || remark };
  } catch (error) {
    if (!(error instanceof PictureProblem)) throw error;
    return { ...known, problem: `${error.kind}: ${error.message}` };
  }
}

/**
 * Notes in a source's index what turned out only when its pictures were used.
 * @param nameOf a picture's name in the source's index
 */
export const lateNotes = (
  source: string,
  known: readonly KnownFile[],
  nameOf: (item: number) => string,
): Pick<Source, 'noteDamaged' | 'noteChanged'> => ({
  noteDamaged: (items, why) =>
    noteProblem(
      source,
      items.map((i) => [nameOf(i), known[i]] as const),
      `damaged: ${why}`,
    ),
  noteChanged: (item) => forgetFile(source, known[item]),
});

/** Names a file by its content: the first 16 bytes of its SHA-256, hexadecimal. */
export const contentOf = (bytes: Uint8Array): string => sha256(bytes).slice(0, 2 * KEY_BYTES);
