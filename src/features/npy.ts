/**
 * The .npy format, version 1.0 (numpy/lib/format.py), for C-ordered little-endian float32 arrays. The header always
 * takes 128 bytes, so that the number of rows can be rewritten while the file grows.
 */
export const NPY_HEADER_BYTES = 128;

/** @param shape [N, …] */
export function npyHeader(shape: readonly number[]): Buffer {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const header = Buffer.alloc(NPY_HEADER_BYTES, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(NPY_HEADER_BYTES - 10, 8);
  header.write(text, 10, 'latin1');
  header.write('\n', NPY_HEADER_BYTES - 1);
  return header;
}
