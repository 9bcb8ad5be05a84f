import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { shortPath } from '../../project.ts';

/** The part of a `.keras` file that holds the weights (keras/src/saving/saving_lib.py, `_VARS_FNAME`). */
const WEIGHTS = 'model.weights.h5';

/** Whether a file begins as ZIP archives do; `.keras` files are such archives. */
export const isArchive = (head: Uint8Array): boolean =>
  head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;

/**
 * Takes the weights out of a `.keras` file, into a temporary file.
 * @returns that file, and a function that removes it
 * @throws Error naming the archive, and its contents if it is not a Keras model
 */
export async function unpackKerasWeights(
  archive: string,
): Promise<{ readonly file: string; readonly remove: () => void }> {
  const { at, bytes, packed } = await findWeights(archive);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'graft-keras-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const file = path.join(folder, WEIGHTS);
    const from = createReadStream(archive, { start: at, end: at + bytes - 1 });
    const to = createWriteStream(file);
    await (packed ? pipeline(from, createInflateRaw(), to) : pipeline(from, to));
    return { file, remove };
  } catch (cause) {
    remove();
    throw new Error(`${shortPath(archive)}: its ${WEIGHTS} cannot be read (${(cause as Error).message}).`, { cause });
  }
}

/** The most bytes of the comment at the end of a ZIP file, and of the record in front of it. */
const MOST_END = 65_535 + 22;

/** Finds the weights in an archive (PKWARE's APPNOTE, 4.3.7, 4.3.12 and 4.3.16). */
async function findWeights(
  archive: string,
): Promise<{ readonly at: number; readonly bytes: number; readonly packed: boolean }> {
  const refused = (what: string): Error =>
    new Error(
      `${shortPath(archive)}: expected a Keras model or its weights; it is a ZIP archive ${what}. In Keras, ` +
        "`model.save_weights('mine.weights.h5')` writes a file that Graft reads.",
    );
  const handle = await open(archive);
  try {
    const { size } = await stat(archive);
    const read = async (at: number, length: number): Promise<Buffer> => {
      const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - at)));
      await handle.read(buffer, 0, buffer.length, at);
      return buffer;
    };
    const from = Math.max(0, size - MOST_END);
    const tail = await read(from, MOST_END);
    const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1');
    if (end < 0 || end + 22 > tail.length) throw refused('that is cut short: its list of files is missing');
    const list = await read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    const names: string[] = [];
    for (let k = 0; k + 46 <= list.length && list.readUInt32LE(k) === 0x02014b50;) {
      const [name, extra, comment] = [28, 30, 32].map((position) => list.readUInt16LE(k + position));
      names.push(list.toString('utf8', k + 46, k + 46 + name));
      if (names.at(-1) === WEIGHTS) {
        const [method, bytes, start] = [
          list.readUInt16LE(k + 10),
          list.readUInt32LE(k + 20),
          list.readUInt32LE(k + 42),
        ];
        const local = await read(start, 30);
        if (![0, 8].includes(method) || local.length < 30 || bytes === 0xffffffff)
          throw refused(`whose ${WEIGHTS} is of 4 GiB or more, or packed in another way than Keras does`);
        return { at: start + 30 + local.readUInt16LE(26) + local.readUInt16LE(28), bytes, packed: method === 8 };
      }
      k += 46 + name + extra + comment;
    }
    throw refused(`without ${WEIGHTS}: it holds ${names.slice(0, 4).join(', ') || 'nothing'}`);
  } finally {
    await handle.close();
  }
}
