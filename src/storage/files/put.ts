import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { shortPath } from '../../project.ts';
import { type NamedProcess, stateOf, thisProcess } from './processes.ts';
import { renameOver } from './rename-over.ts';

/** The most bytes of a file's name that its temporary file's name starts with; that may have 255 bytes in all. */
const MOST_OF_NAME = 120;
/** A file that nobody has written for this long, in ms, was left by a dead process, whichever machine it was on. */
const LEFT_MS = 86_400_000;

/**
 * Gives a name for a half-written file, a new one with each call: `.NAME.HOST.SYSTEM.PID.RANDOM.tmp`. It is to be
 * opened exclusively (`wx`).
 */
export function temporaryName(file: string): string {
  const { host, system, pid } = thisProcess();
  let name = path.basename(file);
  while (Buffer.byteLength(name) > MOST_OF_NAME) name = [...name].slice(0, -1).join('');
  const random = randomBytes(4).toString('hex');
  return path.join(path.dirname(file), `.${name}.${host}.${system}.${pid}.${random}.tmp`);
}

/**
 * Writes beside the file, makes sure it is on the disk, then puts it in place with `put`.
 * @throws Error naming the file, if the disk is full or the folder cannot be written; the old file stays
 */
export function writeBeside(file: string, parts: Iterable<Uint8Array>, put: (temporary: string) => void): void {
  const temporary = temporaryName(file);
  try {
    const handle = openSync(temporary, 'wx');
    try {
      for (const bytes of parts)
        for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done, bytes.length - done);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    put(temporary);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new Error(
      `${shortPath(file)} cannot be written: ${(cause as Error).message}. What was there before is kept.`,
      { cause },
    );
  }
}

/**
 * Puts a file in a folder only if there is none of that name, as a whole or not at all.
 * @param parts gives the file's bytes in order
 * @returns the file
 */
export function putIfAbsent(folder: string, name: string, parts: () => Iterable<Uint8Array>): string {
  putNew(folder, name, parts);
  return path.join(folder, name);
}

/** Does the same as {@link putIfAbsent}, and tells whether it was this call that put the file there. */
export function putNew(folder: string, name: string, parts: () => Iterable<Uint8Array>): boolean {
  const file = path.join(folder, name);
  if (existsSync(file)) return false;
  let put = true;
  writeBeside(file, parts(), (temporary) => {
    try {
      linkSync(temporary, file);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // a disk without hard links: everyone who writes this name writes the same content
      if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS' || code === 'EMLINK')
        return renameOver(temporary, file);
      if (code !== 'EEXIST') throw error;
      // NFS also reports this for a link that was made, if its first answer got lost
      put = statSync(temporary).nlink > 1;
    }
    rmSync(temporary);
  });
  return put;
}

/**
 * Removes files that killed processes left half-written in a folder: those of this system at once, others' after a day.
 * Another user's files stay.
 */
export function removeLeftovers(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const found = writerOf(name);
    const file = path.join(folder, name);
    if (!found || (stateOf(found) !== 'ended' && Date.now() - writtenAt(file) < LEFT_MS)) continue;
    try {
      rmSync(file, { force: true });
    } catch {
      // not this user's
    }
  }
}

/** Tells who was writing a half-written file, by its name; undefined for any other file. */
function writerOf(name: string): NamedProcess | undefined {
  const now = /^\..*\.([\w-]+)\.([0-9a-f]{8}|none)\.(\d+)\.[0-9a-f]{8}\.tmp$/.exec(name);
  if (now) return { host: now[1], system: now[2], pid: Number(now[3]) };
  const before = /^\..*\.([\w-]+)\.(\d+)\.tmp$/.exec(name); // of earlier versions
  return before ? { host: before[1], pid: Number(before[2]) } : undefined;
}

const writtenAt = (file: string): number => lstatSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();

/** @throws Error if there are fewer bytes */
export function readFully(handle: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const got = readSync(handle, bytes, done, length - done, position + done);
    if (!got) throw new Error(`expected ${length} bytes at ${position}; got ${done}`);
    done += got;
  }
  return bytes;
}
