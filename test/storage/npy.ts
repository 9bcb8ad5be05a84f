import { readFileSync } from 'node:fs';

/** Reads a .npy file of float32. */
export function npy(file: string): { shape: number[]; values: Float32Array } {
  const bytes = readFileSync(file);
  const length = bytes.readUInt16LE(8);
  const header = bytes.subarray(10, 10 + length).toString('latin1');
  if (!header.includes("'descr': '<f4'")) throw new Error(header);
  const shape = /\(([\d, ]+)\)/
    .exec(header)![1]
    .split(',')
    .filter((size) => size.trim())
    .map(Number);
  return { shape, values: new Float32Array(new Uint8Array(bytes.subarray(10 + length)).buffer) };
}
