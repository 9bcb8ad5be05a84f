import { setImmediate as breathe } from 'node:timers/promises';
import { formatOfName, pictureHeader, START } from '../pixels/picture-header.ts';
import { sha256 } from '../storage/hash.ts';
import { KEY_BYTES } from '../storage/keys.ts';
import { isSame, type KnownFile, noteProblem, readIndex, writeIndex } from '../storage/picture-index.ts';
import { readIfWanted } from '../storage/read-file.ts';
import type { FileState } from '../storage/walk.ts';
import { checkReadable, decodeWhole } from './decode.ts';

/** A file to be looked at. */
export interface FileToSee extends FileState {
  /** What it is called in the index and to people. */
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

/** Why a file is left out: a kind, and what is wrong in detail behind a colon. */
export const PROBLEMS = ['empty', 'no picture', 'not read', 'too large', 'damaged', 'missing'] as const;
export type Problem = (typeof PROBLEMS)[number];
export const problemOf = ({ problem }: Pick<KnownFile, 'problem'>): Problem | undefined =>
  PROBLEMS.find((kind) => problem === kind || problem.startsWith(`${kind}: `));

/** Files of more bytes are left out. */
export const BYTE_LIMIT = 512 * 2 ** 20;
/** Files that are read at once. */
const AT_ONCE = 8;
/** Between two notes in the index, in ms. */
const NOTE_MS = 20_000;
/** A file changed so shortly before it was read might change again without a later time: it is not noted, in ms. */
const SETTLED_MS = 2000;

/**
 * Looks at files before anything is computed: each is read once, named by its content, and its header checked; only
 * where its end is missing is it decoded. Files that are as they were when they were last seen are not read.
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
      const { name, file, ...state } = files[i];
      seen[i] = await see(file, name, { size: state.size, changed: state.changed, inode: state.inode });
      if (Date.now() - state.changed > SETTLED_MS) {
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
  const facts = { ...state, content: '', format: '', width: 0, height: 0 };
  try {
    if (!state.size) return { ...facts, problem: 'empty' };
    if (state.size > BYTE_LIMIT) return { ...facts, problem: `too large: ${state.size} bytes` };
    const bytes = await readIfWanted(file, START, (start) => pictureHeader(start, name) !== undefined);
    return await seeBytes(bytes, name, state);
  } catch (error) {
    return { ...facts, problem: `damaged: it cannot be read (${(error as Error).message})` };
  }
}

/**
 * What a picture's bytes say of it.
 * @param name the file's, or ''
 */
export async function seeBytes(bytes: Uint8Array, name: string, state: FileState): Promise<KnownFile> {
  const none = { ...state, content: '', format: '', width: 0, height: 0 };
  if (!bytes.length) return { ...none, problem: 'empty' };
  const header = pictureHeader(bytes, name);
  if (!header) {
    const promised = formatOfName(name);
    return { ...none, problem: promised ? `no picture: its name says ${promised.toUpperCase()}` : 'no picture' };
  }
  const known = {
    ...none,
    content: contentOf(bytes),
    format: header.format,
    width: header.width,
    height: header.height,
  };
  try {
    checkReadable(header);
  } catch (error) {
    return {
      ...known,
      problem: `${header.width * header.height ? 'too large' : 'not read'}: ${(error as Error).message}`,
    };
  }
  if (header.whole && header.width && header.height) return { ...known, problem: '' };
  try {
    const { size } = await decodeWhole(bytes);
    return { ...known, height: size[0], width: size[1], problem: '' };
  } catch (error) {
    return { ...known, problem: `damaged: ${(error as Error).message}` };
  }
}

/**
 * How a source notes that some of its pictures are damaged.
 * @param nameOf what a picture is called in the source's index
 */
export const damageNote =
  (source: string, known: readonly KnownFile[], nameOf: (item: number) => string) =>
  (items: readonly number[], why: string): void =>
    noteProblem(
      source,
      items.map((i) => [nameOf(i), known[i]] as const),
      `damaged: ${why}`,
    );

/** Names a file by its content: the first 16 bytes of its SHA-256, hexadecimal. */
export const contentOf = (bytes: Uint8Array): string => sha256(bytes).slice(0, 2 * KEY_BYTES);
