import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeCsv } from '../../src/storage/files/write-csv.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'csv-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const rows = [
  ['file', 'class', 'probability'],
  ['a,b "c".jpg', 'rain\nbow', 0.25],
  ['ünï.jpg', '', 1e-7],
  ["'single' ;\t", 'x\r', 3],
] as const;

it("is read by Python's csv as it was", async () => {
  const file = path.join(folder, 'table.csv');
  await writeCsv(file, stream(rows));
  const python =
    "import csv, json, sys; print(json.dumps(list(csv.reader(open(sys.argv[1], newline='', encoding='utf-8')))))";
  const read = execFileSync('python3', ['-c', python, file], { encoding: 'utf8' });
  expect(JSON.parse(read)).toEqual(rows.map((row) => row.map(String)));
});

it('leaves what was there where a row fails, and nothing beside it', async () => {
  const file = path.join(folder, 'kept.csv');
  writeFileSync(file, 'before');
  const failing = async function* (): AsyncGenerator<readonly string[]> {
    yield ['a'];
    await Promise.reject(new Error('no more'));
  };
  await expect(writeCsv(file, failing())).rejects.toThrow('no more');
  expect(readFileSync(file, 'utf8')).toBe('before');
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  await expect(writeCsv(path.join(folder, 'no/such/place.csv'), stream(rows))).rejects.toThrow(
    /place\.csv cannot be written: /,
  );
});

async function* stream<T>(all: readonly T[]): AsyncGenerator<T> {
  for (const one of all) yield await Promise.resolve(one);
}
