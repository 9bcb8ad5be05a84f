import type { OPTIONS } from '../../options/options.mjs';

/**
 * The .npy format, version 1.0 (numpy/lib/format.py), for C-ordered little-endian float32 and float16 arrays. The
 * header always takes 128 bytes, so that the number of rows can be rewritten while the file grows.
 */
export const NPY_HEADER_BYTES = 128;

/** The types that features are kept as. */
export type Dtype = Exclude<(typeof OPTIONS.dtype.choices)[number], 'auto'>;

/** The bytes of one number. */
export const BYTES: Readonly<Record<Dtype, number>> = { float32: 4, float16: 2 };

/** @param shape [N, …] */
export function npyHeader(shape: readonly number[], dtype: Dtype): Buffer {
  const text = `{'descr': '<f${BYTES[dtype]}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  if (text.length > NPY_HEADER_BYTES - 11)
    throw new RangeError(
      `npy: expected a shape of up to ${NPY_HEADER_BYTES - 11} characters in the header; got [${shape.join(', ')}].`,
    );
  const header = Buffer.alloc(NPY_HEADER_BYTES, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(NPY_HEADER_BYTES - 10, 8);
  header.write(text, 10, 'latin1');
  header.write('\n', NPY_HEADER_BYTES - 1);
  return header;
}

/**
 * Reads a header as {@link npyHeader} writes it.
 * @param header 128 bytes
 * @returns undefined for any other header
 */
export function parseNpyHeader(
  header: Buffer,
): { readonly shape: readonly number[]; readonly dtype: Dtype } | undefined {
  const text = header.toString('latin1');
  if (!text.startsWith('\x93NUMPY\x01\x00')) return undefined;
  const found = /^.{10}\{'descr': '<f([24])', 'fortran_order': False, 'shape': \(([\d, ]+)\), \} *\n$/s.exec(text);
  if (!found) return undefined;
  const shape = found[2]
    .split(',')
    .filter((size) => size.trim())
    .map(Number);
  return { shape, dtype: found[1] === '2' ? 'float16' : 'float32' };
}
