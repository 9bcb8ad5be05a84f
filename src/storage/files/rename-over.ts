import { renameSync } from 'node:fs';

/** How long a reader on Windows may keep a file open, ms, until the file counts as one that cannot be replaced. */
const PATIENCE = 2000;
const PAUSE = 20; // ms

/**
 * Puts a file in the place of another. On Windows a file that somebody has open cannot be replaced: readers here have it
 * open for moments, so it is tried again for two seconds.
 * @param system the system's name and its way to rename, for tests
 * @throws the system's error, if it stays
 */
export function renameOver(
  from: string,
  to: string,
  {
    platform = process.platform,
    rename = renameSync,
  }: { readonly platform?: NodeJS.Platform; readonly rename?: typeof renameSync } = {},
): void {
  for (let waited = 0; ; waited += PAUSE) {
    try {
      return rename(from, to);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (platform !== 'win32' || !['EPERM', 'EACCES', 'EBUSY'].includes(code) || waited >= PATIENCE) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}
