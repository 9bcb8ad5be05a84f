import { closeSync, fstatSync, openSync } from 'node:fs';
import { Header, Pax } from 'tar';
import { shortPath } from '../../project.ts';
import { readFully } from './put.ts';

/** A file in a tar archive. */
export interface TarEntry {
  /** The name, with `/`; neither absolute nor with `..`. */
  readonly name: string;
  /** Where its bytes start in the archive. */
  readonly start: number;
  readonly size: number;
}

export interface TarIndex {
  readonly entries: readonly TarEntry[];
  /** Names of links, devices and the like, and of files whose names lead outside the archive. */
  readonly refused: readonly string[];
}

const BLOCK = 512;
/** The most bytes of a long name, or of PAX's facts about a file. */
const META_BYTES = 1 << 20;

/**
 * Reads where each file of a tar archive lies, but not the files' bytes. @throws Error naming the archive and the byte
 */
export function tarIndex(file: string): TarIndex {
  const handle = openSync(file, 'r');
  try {
    return indexArchive(shortPath(file), fstatSync(handle).size, (start, length) => readFully(handle, start, length));
  } finally {
    closeSync(handle);
  }
}

/**
 * Reads the headers of an archive: ustar, PAX, GNU's long names.
 * @param name the name used in errors
 * @param size the archive's size in bytes
 * @throws Error naming archive and byte, if it is damaged, cut off or not a tar archive
 */
export function indexArchive(name: string, size: number, read: (start: number, length: number) => Buffer): TarIndex {
  const entries: TarEntry[] = [];
  const refused: string[] = [];
  let said: Said = {};
  for (let at = 0; at + BLOCK <= size;) {
    const damaged = (what: string): Error =>
      new Error(`${name}, byte ${at}: ${what}; it is damaged, or no tar archive.`);
    const header = headerAt(read(at, BLOCK), said, damaged);
    if (!header) break;
    const { type, path: own = '' } = header;
    const bytes = WITHOUT_BYTES.test(type) ? 0 : (header.size ?? -1);
    const start = at + BLOCK;
    if (!Number.isSafeInteger(bytes) || bytes < 0 || start + bytes > size)
      throw damaged(`expected ${JSON.stringify(own.slice(0, 80))} of ${bytes} bytes; the archive has ${size}`);
    if (META.test(type)) {
      if (bytes > META_BYTES) throw damaged(`expected a name of at most ${META_BYTES} bytes; got ${bytes}`);
      said = whatIsSaid(type, said, read(start, bytes).toString('utf8'));
    } else {
      const clean = cleanName(own);
      if (FILES.test(type) && clean !== undefined) entries.push({ name: clean, start, size: bytes });
      else if (type !== 'Directory') refused.push(own);
      said = {};
    }
    at = start + Math.ceil(bytes / BLOCK) * BLOCK;
  }
  if (!entries.length && !refused.length && size && size < 2 * BLOCK)
    throw new Error(`${name}: expected a tar archive; got ${size} bytes.`);
  return { entries, refused };
}

/** Facts about the next file that come before it. */
interface Said {
  readonly path?: string;
  readonly size?: number;
}

const META = /^(ExtendedHeader|OldExtendedHeader|GlobalExtendedHeader|NextFileHasLong(Link)?path|OldGnuLongPath)$/i;
/** Types that no bytes follow, whatever size their headers name, as in Python's tarfile. */
const WITHOUT_BYTES = /^(Link|SymbolicLink|CharacterDevice|BlockDevice|Directory|FIFO)$/;
const FILES = /^(File|OldFile|ContiguousFile)$/;

/** @returns undefined for a block of zeros, the archive's end */
function headerAt(block: Buffer, said: Said, damaged: (what: string) => Error): Header | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  let header: Header;
  try {
    header = new Header(block, 0, said);
  } catch {
    throw damaged('expected a header; got numbers that are none');
  }
  if (!header.cksumValid) throw damaged('expected a header; its checksum differs');
  return header;
}

function whatIsSaid(type: string, said: Said, text: string): Said {
  if (/LongPath$/i.test(type) && !/Link/i.test(type)) return { ...said, path: text.replace(/\0[^]*$/, '') };
  if (!/^(Old)?ExtendedHeader$/.test(type)) return said; // about the whole archive, or about where a link leads
  const { path, size } = Pax.parse(text);
  return { ...said, ...(path !== undefined && { path }), ...(size !== undefined && { size }) };
}

/** @returns undefined for a name that is absolute, leads upwards, or is not valid */
function cleanName(name: string): string | undefined {
  const parts = name.split('/').filter((part) => part !== '.');
  return name && !name.includes('\0') && parts.every((part) => part && part !== '..') ? parts.join('/') : undefined;
}
