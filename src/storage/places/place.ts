import { fileURLToPath } from 'node:url';
import { pathPlace } from './path-place.ts';
import { s3Place } from './s3/s3-place.ts';

/**
 * Where several machines keep what they share: a folder (local or shared: NFS, SMB) or `s3://bucket/prefix`. A file is
 * put there once, as a whole, and never changed, so nothing is locked. Names are relative, with `/`.
 */
export interface Place {
  /** A folder's full path, or `s3://bucket/prefix`. */
  readonly uri: string;
  /**
   * @param range bytes from `start` up to, not including, `end` @default all
   * @returns the bytes; fewer if the file ends before `end`
   * @throws Error naming the file; its `code`, or its cause's, is ENOENT if it is not there
   */
  read(name: string, range?: ByteRange): Promise<Uint8Array>;
  /**
   * Puts a file if there is none of that name, as a whole or not at all; if several do so at once, one succeeds.
   * @returns false if it was already there
   */
  putIfAbsent(name: string, source: PlaceSource): Promise<boolean>;
  /** @returns undefined if there is none of that name */
  head(name: string): Promise<{ readonly size: number } | undefined>;
  /**
   * @param prefix the beginning of the names: `plans/`, say; '' for all
   * @param onOdd called with names that no folder can have, a bucket's `a//b` say; these are left out
   * @returns the files in the order of their names, as code points, without hidden ones; none if nothing is there
   */
  list(prefix: string, onOdd?: (names: readonly string[]) => void): Promise<readonly PlacedFile[]>;
  /**
   * Takes a damaged file out of the way: it is kept as `NAME.aside`, and `whole` replaces it at once, if given. If
   * several do so at once, each leaves the place whole.
   * @param found the file as it was listed
   * @returns false if nothing was done: it is another file by now, or somebody may still be writing it
   */
  setAside(found: Pick<PlacedFile, 'name' | 'version'>, whole?: PlaceSource): Promise<boolean>;
  /** Removes a file; it is no error if it is not there. */
  remove(name: string): Promise<void>;
}

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Bytes, or the path of a local file that holds them. */
export type PlaceSource = Uint8Array | { readonly file: string };

export interface PlacedFile {
  readonly name: string;
  readonly size: number;
  /** Changes whenever the content does, as far as the place can tell: an ETag, or the time of the last change. */
  readonly version: string;
}

/**
 * Tells whether a text names a place that is not a path: `s3://…`.
 * @throws Error if a slash is missing, `s3:/bucket`: as a path it would be a folder of that name
 */
export function isUri(text: string): boolean {
  const [, scheme, rest] = /^(s3|file|https?):\/?(?!\/)(.*)$/i.exec(text) ?? [];
  if (scheme)
    throw new Error(
      `place: expected a path or ${scheme}://${rest || 'bucket/prefix'}; got "${text}", which lacks a slash.`,
    );
  return /^[a-z][a-z\d+.-]+:\/\//i.test(text);
}

/**
 * Opens a place; nothing is read or made there yet.
 * @param uri a path, `file://…` or `s3://bucket/prefix`
 * @throws Error if it is something else, or the package that S3 needs is not installed
 */
export async function openPlace(uri: string): Promise<Place> {
  if (!uri) throw new Error('place: expected a path or s3://bucket/prefix; got an empty text.');
  const elsewhere = isUri(uri);
  if (/^s3:\/\//i.test(uri)) return s3Place(uri);
  if (/^file:\/\//i.test(uri)) return pathPlace(fileURLToPath(uri));
  if (elsewhere) throw new Error(`place: expected a path or s3://bucket/prefix; got "${uri}".`);
  return pathPlace(uri);
}
