import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fromFloat16 } from '../../src/storage/rows/float16.ts';
import { writeNpy } from '../../src/storage/rows/npy-file.ts';
import { NPY_HEADER_BYTES, parseNpyHeader } from '../../src/storage/rows/npy.ts';
import { npy } from './npy.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'npy-'));
  file = path.join(folder, 'F.npy');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function* blocks(...rows: number[][]): AsyncGenerator<Float32Array> {
  for (const row of rows) yield await Promise.resolve(Float32Array.from(row));
}

it('writes an array block by block', async () => {
  await writeNpy(file, { shape: [3, 2], dtype: 'float32' }, blocks([1, 2, 3, 4], [5, 6]));
  expect(npy(file)).toEqual({ shape: [3, 2], values: Float32Array.from([1, 2, 3, 4, 5, 6]) });
});

it('writes halves where they are asked for', async () => {
  await writeNpy(file, { shape: [2], dtype: 'float16' }, blocks([0.5, -2]));
  const bytes = readFileSync(file);
  expect(parseNpyHeader(bytes.subarray(0, NPY_HEADER_BYTES))).toEqual({ shape: [2], dtype: 'float16' });
  const halves = new Uint16Array(new Uint8Array(bytes.subarray(NPY_HEADER_BYTES)).buffer);
  expect([...fromFloat16(halves)]).toEqual([0.5, -2]);
});

it('keeps the file that was there until the new one is whole, and leaves nothing half-written', async () => {
  writeFileSync(file, 'before');
  const failing = async function* (): AsyncGenerator<Float32Array> {
    yield* blocks([1]);
    throw new Error('damaged row');
  };
  await expect(writeNpy(file, { shape: [2], dtype: 'float32' }, failing())).rejects.toThrow('damaged row');
  expect(readFileSync(file, 'utf8')).toBe('before');
  expect(readdirSync(folder)).toEqual(['F.npy']);
  const nowhere = path.join(folder, 'missing/F.npy');
  await expect(writeNpy(nowhere, { shape: [1], dtype: 'float32' }, blocks([1]))).rejects.toThrow(
    /missing\/F\.npy cannot be written: ENOENT/,
  );
});
