import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** This folder. */
export const REFERENCES = path.dirname(fileURLToPath(import.meta.url));

/** A reference's JSON. */
export const reference = <T>(name: string): T => JSON.parse(readFileSync(path.join(REFERENCES, name), 'utf8')) as T;

export const uint8 = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
export const float32 = (base64: string): Float32Array => new Float32Array(uint8(base64).buffer);

/** The largest difference, relative to the largest value expected. */
export function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) throw new Error(`${got.length} values, ${expected.length} expected`);
  let difference = 0;
  let scale = 1e-12;
  for (let i = 0; i < got.length; i++) {
    difference = Math.max(difference, Math.abs(got[i] - expected[i]));
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return difference / scale;
}
