import { closeSync, openSync, rmSync } from 'node:fs';

/**
 * Leads file descriptor 1 or 2 into a new file, which is removed when the process ends well. At this point no other
 * thread may open files.
 * @returns whether it does; not in a folder that cannot be written to
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
