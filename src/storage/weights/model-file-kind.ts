import { startOf } from '../files/read-file.ts';
import { isZip } from '../files/zip-list.ts';
import { listZip } from '../files/zip.ts';

/** The beginning of an HDF5 file. */
const HDF5 = '\x89HDF\r\n\x1a\n';

/** Tells by a file's content what it is: a file of Keras (`.keras`, `.h5`), another ZIP archive, or neither. */
export async function modelFileKind(file: string): Promise<'keras' | 'zip' | 'other'> {
  const start = await startOf(file, 8);
  if (start.toString('latin1') === HDF5 || file.endsWith('.keras')) return 'keras';
  if (!isZip(start)) return 'other';
  // a damaged archive is named as one by whoever unpacks it
  const entries = await listZip(file).catch(() => []);
  return entries.some(({ name }) => name === 'model.weights.h5') ? 'keras' : 'zip';
}
