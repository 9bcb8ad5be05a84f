import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { shortPath } from '../project.ts';

/**
 * Writes beside the file, makes sure it is on the disk, then renames: whatever happens, the file is the old one or the new one.
 * @throws Error naming the file, when the disk is full or the folder cannot be written; the old file stays
 */
export function replaceFile(file: string, content: string | Uint8Array): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = openSync(temporary, 'w');
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done, bytes.length - done);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new Error(`${shortPath(file)} cannot be written: ${(cause as Error).message}. What was there before is kept.`, { cause });
  }
}

/**
 * Makes a folder and those above it, where they are missing.
 * @throws Error naming the folder
 */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    // on a read-only disk Node.js says "no such file or directory"
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Error(`${shortPath(folder)} cannot be made: ${code === 'ENOENT' ? 'the disk is read-only, or a part of the path is missing' : message}.`, {
      cause,
    });
  }
}

/** Removes what killed processes of this machine left half-written in a folder. */
export function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(/\.(\d+)\.tmp$/.exec(name)?.[1]);
    if (!pid || pid === process.pid) continue;
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') rmSync(path.join(folder, name), { force: true });
    }
  }
}
