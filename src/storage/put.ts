import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { shortPath } from '../project.ts';

/**
 * This machine's name in the names of temporary files and locks, so that machines that share a disk tell theirs apart.
 * `GRAFT_HOST` takes its place where several have the same one (containers, say).
 */
export const hostName = (): string => (process.env.GRAFT_HOST || os.hostname()).replace(/[^\w-]/g, '-');

/** A name for a half-written file: `.NAME.HOST.PID.tmp`. */
export const temporaryName = (file: string): string =>
  path.join(path.dirname(file), `.${path.basename(file)}.${hostName()}.${process.pid}.tmp`);

/**
 * Writes beside the file, makes sure it is on the disk, then puts it in its place with `place`.
 * @throws Error naming the file, when the disk is full or the folder cannot be written; what was there stays
 */
export function writeBeside(file: string, parts: Iterable<Uint8Array>, place: (temporary: string) => void): void {
  const temporary = temporaryName(file);
  try {
    const handle = openSync(temporary, 'w');
    try {
      for (const bytes of parts)
        for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done, bytes.length - done);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    place(temporary);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new Error(
      `${shortPath(file)} cannot be written: ${(cause as Error).message}. What was there before is kept.`,
      { cause },
    );
  }
}

/**
 * Puts a file in a folder only where there is none of that name, as a whole or not at all.
 * @param parts gives the file's bytes in order
 * @returns the file
 */
export function putIfAbsent(folder: string, name: string, parts: () => Iterable<Uint8Array>): string {
  putNew(folder, name, parts);
  return path.join(folder, name);
}

/** {@link putIfAbsent}, and whether it was this call that put the file there. */
export function putNew(folder: string, name: string, parts: () => Iterable<Uint8Array>): boolean {
  const file = path.join(folder, name);
  if (existsSync(file)) return false;
  let put = true;
  writeBeside(file, parts(), (temporary) => {
    try {
      linkSync(temporary, file);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // a disk without hard links: the content is the same for whoever writes this name
      if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS' || code === 'EMLINK')
        return renameSync(temporary, file);
      if (code !== 'EEXIST') throw error;
      // NFS says so of a link that was made too, where its first answer got lost
      put = statSync(temporary).nlink > 1;
    }
    rmSync(temporary);
  });
  return put;
}

/** Removes what killed processes of this machine left half-written in a folder. */
export function removeLeftovers(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const found = /^\..*\.([\w-]+)\.(\d+)\.tmp$/.exec(name);
    if (!found || found[1] !== hostName() || isRunning(Number(found[2]))) continue;
    rmSync(path.join(folder, name), { force: true });
  }
}

/** Whether a process of this machine is there; this one's own leftovers are of one before with the same number. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** @throws Error where fewer bytes are there */
export function readFully(handle: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const got = readSync(handle, bytes, done, length - done, position + done);
    if (!got) throw new Error(`expected ${length} bytes at ${position}; got ${done}`);
    done += got;
  }
  return bytes;
}
