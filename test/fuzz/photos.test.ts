import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { readParquet } from '../../src/data/parquet.ts';
import { parseTable } from '../../src/data/table.ts';
import { decodeBmp } from '../../src/pixels/bmp.ts';
import { pictureHeader } from '../../src/pixels/picture-header.ts';
import { reference, uint8 } from '../references/read.ts';
import { clear, fuzz, mutated } from './fuzz.ts';

let folder: string;
const before = process.env.GRAFT_DATA;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'fuzz-photos-'));
  process.env.GRAFT_DATA = path.join(folder, 'data');
});
afterAll(() => {
  if (before === undefined) delete process.env.GRAFT_DATA;
  else process.env.GRAFT_DATA = before;
  rmSync(folder, { recursive: true });
});
const { cases } = reference<{ cases: { name: string; file: string }[] }>('pictures.json');
const parquet = reference<{ files: Record<string, string> }>('parquet.json').files;

describe('tables', () => {
  const cell = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom('', '"', '""', ',', '\n', '\r', ';', '\t', '\uFEFF', 'ä,b'),
  );

  it('that are written are read again, cell by cell', async () => {
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((width) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 5 }),
      );
    await fuzz('tables-written', table, (rows) => {
      const head = rows[0].map((_, i) => `c${i}`);
      const quoted = [head, ...rows].map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(','));
      const found = parseTable(quoted.join('\n'), 'x.csv');
      if (JSON.stringify(found) !== JSON.stringify([head, ...rows])) throw new TypeError(JSON.stringify(found));
    });
  });

  it('of any text have as many cells in each row, or are refused', async () => {
    const text = fc.array(cell, { maxLength: 40 }).map((parts) => parts.join(''));
    await fuzz('tables-text', text, (some) => {
      try {
        const rows = parseTable(some, 'x.csv');
        if (rows.some((row) => row.length !== rows[0].length)) throw new TypeError(JSON.stringify(rows));
      } catch (error) {
        clear(error, /^x\.csv: expected a table \(CSV or TSV\); /);
      }
    });
  });
});

it('bitmaps with some bytes changed are decoded or refused', async () => {
  const bitmaps = cases.filter(({ name }) => name.endsWith('.bmp')).map(({ file }) => mutated(uint8(file)));
  await fuzz('bitmaps', fc.oneof(...bitmaps), (bytes) => {
    try {
      const { height, width, pixels } = decodeBmp(bytes, 1e6);
      if (pixels.length !== height * width * 3) throw new TypeError(`${height}×${width}: ${pixels.length}`);
    } catch (error) {
      clear(error, /^(it is|its) /);
    }
  });
});

it('headers of pictures with some bytes changed are told from other files, and nothing throws', async () => {
  await fuzz(
    'headers',
    fc.oneof(...cases.map(({ file }) => mutated(uint8(file))), fc.uint8Array({ maxLength: 64 })),
    (bytes) => {
      const header = pictureHeader(bytes);
      if (header && !(header.width >= 0 && header.height >= 0)) throw new TypeError(JSON.stringify(header));
    },
  );
});

it('Parquet files with some bytes changed give their rows or are refused by name', async () => {
  const real = ['cifar.parquet', 'plain.parquet', 'data/train-00001-of-00002.parquet'].map((name) =>
    uint8(parquet[name]),
  );
  await fuzz('parquet', fc.oneof(...real.map(mutated)), async (bytes) => {
    const file = path.join(folder, 'x.parquet');
    writeFileSync(file, bytes);
    try {
      const { items, known } = await readParquet(file, { path: undefined });
      if (items.length !== known.length) throw new TypeError(`${items.length} items, ${known.length} known`);
    } catch (error) {
      clear(error, /x\.parquet|expected (names or whole )?numbers/);
    }
  });
});
