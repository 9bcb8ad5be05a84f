import { closeSync, openSync, rmSync } from 'node:fs';

/**
 * Redirects file descriptor 1 or 2 into a new file, which is removed when the process ends well. No other thread may
 * open files at this point.
 * @returns whether it succeeded; it cannot in a folder without write permission
 */
export function leadInto(descriptor: 1 | 2, file: string): boolean {
  try {
    const made = openSync(file, 'w', 0o600);
    closeSync(descriptor);
    openSync(file, 'a'); // takes the lowest free descriptor
    closeSync(made);
  } catch {
    return false;
  }
  process.on('exit', () => rmSync(file, { force: true }));
  return true;
}
