import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { readParquet } from '../../src/data/archives/parquet.ts';
import { parseTable } from '../../src/data/tables/table-rows.ts';
import { readWebdataset } from '../../src/data/archives/webdataset.ts';
import { decodeBmp } from '../../src/pixels/formats/bmp.ts';
import { pictureHeader } from '../../src/pixels/formats/picture-header.ts';
import { indexArchive } from '../../src/storage/files/tar-index.ts';
import { reference, uint8 } from '../references/read.ts';
import { CASES } from '../faults/scale.ts';
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
      const found = parseTable(quoted.join('\n'), 'x.csv').map(({ cells }) => cells);
      const full = rows.filter((row) => row.some((one) => one.trim()));
      if (JSON.stringify(found) !== JSON.stringify([head, ...full])) throw new TypeError(JSON.stringify(found));
    });
  });

  it('of any text have as many cells in each row, or are refused', async () => {
    const text = fc.array(cell, { maxLength: 40 }).map((parts) => parts.join(''));
    await fuzz('tables-text', text, (some) => {
      try {
        const rows = parseTable(some, 'x.csv');
        if (rows.some(({ cells }) => cells.length !== rows[0].cells.length)) throw new TypeError(JSON.stringify(rows));
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

describe('tar archives with some bytes changed', () => {
  const archives = reference<{ files: Record<string, string> }>('webdataset.json').files;
  const real = ['pax.tar', 'gnu.tar', 'json.tar'].map((name) => new Uint8Array(gunzipSync(uint8(archives[name]))));
  const changed = fc.oneof(...real.map(mutated), ...real.map(remade));

  it('give files that lie inside of them, or are refused by name', async () => {
    await fuzz('tar', changed, (bytes) => {
      try {
        const read = (start: number, length: number): Buffer => Buffer.from(bytes.subarray(start, start + length));
        const { entries } = indexArchive('x.tar', bytes.length, read);
        const outside = entries.filter(
          ({ name, start, size }) => start + size > bytes.length || /^\/|(^|\/)\.\.(\/|$)|\0/.test(name),
        );
        if (outside.length) throw new TypeError(JSON.stringify(outside));
      } catch (error) {
        clear(error, /^x\.tar/);
      }
    });
  });

  it('give pictures with labels, or are refused by name', async () => {
    const check = async (bytes: Uint8Array): Promise<void> => {
      const file = path.join(folder, 'x.tar');
      writeFileSync(file, bytes);
      try {
        const { items, known } = await readWebdataset(file);
        if (items.length !== known.length) throw new TypeError(`${items.length} items, ${known.length} known`);
      } catch (error) {
        clear(error, /x\.tar/);
      }
    };
    await fuzz('webdatasets', changed, check, { cases: CASES / 4 });
  });
});

/** A tar archive with a header or two changed whose checksums are right again: what a checksum does not catch. */
function remade(real: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(real.length / 512 - 1), fc.nat(511), fc.uint8Array({ minLength: 1, maxLength: 24 }));
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const bytes = Buffer.from(real);
    for (const [block, at, some] of changes) {
      const header = bytes.subarray(block * 512, block * 512 + 512);
      header.set(some.subarray(0, 512 - at), at);
      header.fill(' ', 148, 156);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    }
    return Uint8Array.from(bytes);
  });
}
