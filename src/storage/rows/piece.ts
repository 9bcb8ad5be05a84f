import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { shortPath } from '../../project.ts';
import { keyAt, KEY_BYTES } from './keys.ts';
import { BYTES, type Dtype, NPY_HEADER_BYTES, npyHeader, parseNpyHeader } from './npy.ts';
import { putIfAbsent, readFully } from '../files/put.ts';
import { versionsIn } from './versions.ts';

/**
 * Rows of features in one file, written once and never changed: an .npy array [n, …] that NumPy opens, and behind it
 * parts that NumPy does not read: the rows' keys [n, 16], the CRC-32 of each row [n] (little-endian), and a footer with
 * the SHA-256 of header, keys and sums.
 */
export interface Piece {
  readonly file: string;
  /** The number of rows. */
  readonly n: number;
  readonly dtype: Dtype;
  /** The shape of one row. */
  readonly rowShape: readonly number[];
  /** [n, 16]. */
  readonly keys: Uint8Array;
  /** [n], CRC-32 of each row. */
  readonly sums: Uint32Array;
  /** The id of the versions that made its rows; undefined if that is not noted. */
  readonly made?: string;
}

export const PIECE = '.npy';
const MAGIC = Buffer.from('GRAFTPC1', 'latin1');
const FOOTER_BYTES = MAGIC.length + 32;

/** Gives the bytes of one row on disk. */
export const rowBytes = (rowShape: readonly number[], dtype: Dtype): number =>
  rowShape.reduce((a, b) => a * b, BYTES[dtype]);

/** Gives the offset at which the rows of a piece start. */
export const rowOffset = (piece: Pick<Piece, 'rowShape' | 'dtype'>, row: number): number =>
  NPY_HEADER_BYTES + row * rowBytes(piece.rowShape, piece.dtype);

/**
 * Writes a piece under a name made from its content, so that the same rows from two processes are the same file.
 * @param rows chunks of the rows' bytes, in order; they are taken one after the other
 * @returns the piece as it is in the folder
 */
export function writePiece(folder: string, content: PieceContent, rows: Iterable<Uint8Array>): Piece {
  const { name, bytes } = pieceFile(content, rows);
  return { ...content, file: putIfAbsent(folder, name, bytes), n: content.sums.length };
}

/** The contents of a piece, beside its rows. */
export type PieceContent = Omit<Piece, 'file' | 'n'>;

/**
 * Makes a piece as a file: its name, made from its content and the versions that made its rows, and its bytes in order.
 * @param rows chunks of the rows' bytes, in order
 */
export function pieceFile(
  { keys, sums, rowShape, dtype, made }: PieceContent,
  rows: Iterable<Uint8Array>,
): { readonly name: string; readonly bytes: () => Generator<Uint8Array> } {
  const header = npyHeader([sums.length, ...rowShape], dtype);
  const tail = Buffer.from(sums.buffer, sums.byteOffset, sums.byteLength);
  const digest = digestOf(header, keys, tail);
  return {
    name: `${digest.toString('hex', 0, 12)}${made === undefined ? '' : `.${made}`}${PIECE}`,
    *bytes() {
      yield header;
      yield* rows;
      yield keys;
      yield tail;
      yield MAGIC;
      yield digest;
    },
  };
}

/** Computes the CRC-32 of each row of a block of bytes. */
export function sumsOf(bytes: Uint8Array, size: number): Uint32Array {
  const sums = new Uint32Array(bytes.length / size);
  for (let i = 0; i < sums.length; i++) sums[i] = crc32(bytes.subarray(i * size, (i + 1) * size));
  return sums;
}

/**
 * Opens a piece: header, keys and sums are checked against the footer's checksum, rows are not read yet.
 * @param rowShape the shape that its rows must have
 * @throws Error naming the file if it is damaged or another set's
 */
export function openPiece(file: string, rowShape: readonly number[]): Piece {
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const made = versionsIn(file);
    return { file, made, ...readEnds(shortPath(file), size, (at, length) => readFully(handle, at, length), rowShape) };
  } finally {
    closeSync(handle);
  }
}

/**
 * Reads a piece that is held in memory, and compares every row with its sum.
 * @param name the name used in errors
 * @returns the parts around its rows, and the rows that differ from what was written
 * @throws Error naming it if it is damaged or another set's
 */
export function checkPiece(
  name: string,
  bytes: Uint8Array,
  rowShape: readonly number[],
): Ends & { readonly damaged: readonly number[] } {
  const piece = readEnds(name, bytes.length, (at, length) => Buffer.from(bytes.subarray(at, at + length)), rowShape);
  const rows = bytes.subarray(NPY_HEADER_BYTES, rowOffset(piece, piece.n));
  const sums = sumsOf(rows, rowBytes(rowShape, piece.dtype));
  return { ...piece, damaged: Array.from(sums.keys()).filter((i) => sums[i] !== piece.sums[i]) };
}

/** The parts around the rows of a piece. */
export type Ends = Omit<Piece, 'file'>;

/**
 * Gives the offset at which a piece's rows end, as its header says. @throws Error if it is another set's, or invalid
 */
export const endsFrom = (header: Uint8Array, rowShape: readonly number[]): number =>
  readHeader('a piece', Buffer.from(header), rowShape).end;

/** Reads a piece's bytes before and after its rows. */
export function endsOfFile(file: string, rowShape: readonly number[]): Buffer {
  const handle = openSync(file, 'r');
  try {
    const header = readFully(handle, 0, NPY_HEADER_BYTES);
    const end = endsFrom(header, rowShape);
    return Buffer.concat([header, readFully(handle, end, fstatSync(handle).size - end)]);
  } finally {
    closeSync(handle);
  }
}

/**
 * Opens bytes from {@link endsOfFile}, or bytes that were read in ranges.
 * @param size the size of the whole piece
 * @throws Error naming it if it is damaged or another set's
 */
export const openEnds = (name: string, size: number, ends: Buffer, rowShape: readonly number[]): Ends =>
  readEnds(name, size, (at, length) => (at ? ends.subarray(NPY_HEADER_BYTES) : ends.subarray(0, length)), rowShape);

/**
 * A piece that does not match its own checksum, or is another set's; an unreadable piece is not known to be damaged.
 */
export class DamagedPiece extends Error {}

const damageOf =
  (name: string) =>
  (what: string): Error =>
    new DamagedPiece(`${name} is damaged: ${what}.`);

/**
 * Reads from a header how many rows there are, of what type, and where they end. @throws Error if it is another set's
 */
function readHeader(
  name: string,
  header: Buffer,
  rowShape: readonly number[],
): { readonly n: number; readonly dtype: Dtype; readonly end: number } {
  const { shape, dtype } = parseNpyHeader(header) ?? {};
  const n = shape?.[0] ?? -1;
  if (!dtype || shape!.slice(1).join() !== rowShape.join())
    throw damageOf(name)(
      `expected rows of [${rowShape.join(', ')}]; its header says ${shape ? `[${shape.join(', ')}]` : 'something else'}`,
    );
  return { n, dtype, end: NPY_HEADER_BYTES + n * rowBytes(rowShape, dtype) };
}

/** Reads the parts around the rows and checks them against the footer's checksum. */
function readEnds(
  name: string,
  size: number,
  read: (at: number, length: number) => Buffer,
  rowShape: readonly number[],
): Ends {
  const damaged = damageOf(name);
  if (size < NPY_HEADER_BYTES + FOOTER_BYTES) throw damaged(`it has ${size} bytes`);
  const header = read(0, NPY_HEADER_BYTES);
  const { n, dtype, end } = readHeader(name, header, rowShape);
  if (size !== end + n * (KEY_BYTES + 4) + FOOTER_BYTES) throw damaged(`expected ${n} rows; got ${size} bytes`);
  const rest = read(end, size - end);
  const keys = rest.subarray(0, n * KEY_BYTES);
  const tail = rest.subarray(n * KEY_BYTES, n * (KEY_BYTES + 4));
  const footer = rest.subarray(-FOOTER_BYTES);
  if (
    !footer.subarray(0, MAGIC.length).equals(MAGIC) ||
    !digestOf(header, keys, tail).equals(footer.subarray(MAGIC.length))
  )
    throw damaged('its checksum differs');
  return { n, dtype, rowShape, keys, sums: new Uint32Array(new Uint8Array(tail).buffer) };
}

/** Compares every row of a piece with its sum. @returns the rows that differ */
export function damagedRows(piece: Piece): number[] {
  const size = rowBytes(piece.rowShape, piece.dtype);
  const handle = openSync(piece.file, 'r');
  const damaged: number[] = [];
  const step = Math.max(1, Math.floor(BLOCK / size));
  const buffer = Buffer.alloc(step * size);
  try {
    for (let from = 0; from < piece.n; from += step) {
      const count = Math.min(step, piece.n - from);
      const got = readSync(handle, buffer, 0, count * size, rowOffset(piece, from));
      for (let i = 0; i < count; i++) {
        const whole = (i + 1) * size <= got;
        if (!whole || crc32(buffer.subarray(i * size, (i + 1) * size)) !== piece.sums[from + i]) damaged.push(from + i);
      }
    }
  } finally {
    closeSync(handle);
  }
  return damaged;
}

/** The bytes read at once. */
const BLOCK = 8 << 20;

/** Gives rows of pieces as one new piece's bytes, block by block. */
export function* bytesOfRows(
  parts: readonly { readonly piece: Piece; readonly rows: readonly number[] }[],
): Generator<Uint8Array> {
  for (const { piece, rows } of parts) {
    const size = rowBytes(piece.rowShape, piece.dtype);
    const handle = openSync(piece.file, 'r');
    try {
      const most = Math.max(1, Math.floor(BLOCK / size));
      for (let i = 0; i < rows.length;) {
        let count = 1;
        while (count < most && rows[i + count] === rows[i] + count) count++;
        yield readFully(handle, rowOffset(piece, rows[i]), count * size);
        i += count;
      }
    } finally {
      closeSync(handle);
    }
  }
}

/** Gathers keys and sums of some rows of pieces, side by side. */
export function gather(
  parts: readonly { readonly piece: Piece; readonly rows: readonly number[] }[],
): Pick<Piece, 'keys' | 'sums'> {
  const n = parts.reduce((sum, { rows }) => sum + rows.length, 0);
  const [keys, sums] = [new Uint8Array(n * KEY_BYTES), new Uint32Array(n)];
  let at = 0;
  for (const { piece, rows } of parts) {
    for (const row of rows) {
      keys.set(keyAt(piece.keys, row), at * KEY_BYTES);
      sums[at++] = piece.sums[row];
    }
  }
  return { keys, sums };
}

const digestOf = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
