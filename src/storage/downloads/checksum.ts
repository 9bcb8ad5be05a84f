import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** What a file's publisher says about its content; the first one given counts, SHA-256 before the others. */
export interface Published {
  /**
   * The file's MD5 (hexadecimal), as its publisher gives it; if there is none, the one in the server's `x-goog-hash`
   * (Google Cloud Storage) is used.
   */
  readonly md5?: string;
  /** Its SHA-256 (hexadecimal). */
  readonly sha256?: string;
  /** The SHA-1 (hexadecimal) that git names its content by. */
  readonly gitSha1?: string;
}

/** Says how a file is checked against what its publisher says. */
export function checksum({ md5, sha256, gitSha1 }: Published): {
  /** The kind in words: `MD5`. */
  readonly kind: string;
  readonly published: string | undefined;
  /** Computes the checksum; undefined if there is no such file. */
  readonly sum: (file: string) => Promise<string | undefined>;
} {
  if (sha256) return { kind: 'SHA-256', published: sha256, sum: (file) => sumOf(file, 'sha256') };
  if (gitSha1) return { kind: 'git SHA-1', published: gitSha1, sum: (file) => sumOf(file, 'sha1', blobStart) };
  return { kind: 'MD5', published: md5, sum: md5Of };
}

/** Computes a file's MD5 (hexadecimal); undefined if there is no such file. */
export const md5Of = (file: string): Promise<string | undefined> => sumOf(file, 'md5');

/** Gives the text that git hashes before a file's content (git-scm.com/book, "Git Objects"). */
const blobStart = (size: number): string => `blob ${size}\0`;

async function sumOf(file: string, algorithm: string, start?: (size: number) => string): Promise<string | undefined> {
  const facts = await stat(file).catch(() => undefined);
  if (!facts) return undefined;
  const hash = createHash(algorithm);
  if (start) hash.update(start(facts.size));
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
