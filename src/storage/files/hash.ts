import { createHash } from 'node:crypto';

/** Computes the SHA-256 (hexadecimal) of bytes or text, one part after the other. */
export function sha256(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Computes the SHA-256 (hexadecimal) of a value as JSON. */
export const hashOf = (value: unknown): string => sha256(JSON.stringify(value));
