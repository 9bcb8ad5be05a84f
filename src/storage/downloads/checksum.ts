import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** What a file's publisher says of its content; the first that is given counts, SHA-256 before the others. */
export interface Published {
  /**
   * The file's MD5 (hexadecimal), as its publisher gives it; where there is none, that of the server's `x-goog-hash`
   * (Google Cloud Storage) is taken.
   */
  readonly md5?: string;
  /** Its SHA-256 (hexadecimal). */
  readonly sha256?: string;
  /** The SHA-1 (hexadecimal) that git names its content by. */
  readonly gitSha1?: string;
}

/** How a file is held to what its publisher says. */
export function checksum({ md5, sha256, gitSha1 }: Published): {
  /** In words: `MD5`. */
  readonly kind: string;
  readonly published: string | undefined;
  /** Gives undefined where there is no such file. */
  readonly sum: (file: string) => Promise<string | undefined>;
} {
  if (sha256) return { kind: 'SHA-256', published: sha256, sum: (file) => sumOf(file, 'sha256') };
  if (gitSha1) return { kind: 'git SHA-1', published: gitSha1, sum: (file) => sumOf(file, 'sha1', blobStart) };
  return { kind: 'MD5', published: md5, sum: md5Of };
}

/** The file's MD5 (hexadecimal), or undefined where there is no such file. */
export const md5Of = (file: string): Promise<string | undefined> => sumOf(file, 'md5');

/** What git hashes before a file's content (git-scm.com/book, "Git Objects"). */
const blobStart = (size: number): string => `blob ${size}\0`;

async function sumOf(file: string, algorithm: string, start?: (size: number) => string): Promise<string | undefined> {
  const facts = await stat(file).catch(() => undefined);
  if (!facts) return undefined;
  const hash = createHash(algorithm);
  if (start) hash.update(start(facts.size));
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
