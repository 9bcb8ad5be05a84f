import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { labelsOf, pixelsOf } from '../../src/data/named/cifar10.ts';
import { listCache } from '../../src/storage/rows/cache.ts';
import { BYTES, type Dtype, NPY_HEADER_BYTES, npyHeader } from '../../src/storage/rows/npy.ts';
import { keyOf } from '../../src/storage/rows/keys.ts';
import { openReader, openRowSet } from '../../src/storage/rows/row-set.ts';
import { openWriter } from '../../src/storage/rows/row-writer.ts';
import { readSealed, writeSealed } from '../../src/storage/files/sealed-json.ts';
import { loadCheckpoint } from '../../src/training/checkpoint.ts';
import { loadClassifier } from '../../src/classifier/load.ts';
import { listRuns } from '../../src/experiments/runs.ts';
import { report } from '../faults/scale.ts';
import { clear, fuzz, mutated } from './fuzz.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'fuzz-'))));
afterAll(() => rmSync(folder, { recursive: true }));
const inFolder = (...names: string[]): string => path.join(folder, ...names);

describe('CIFAR records', () => {
  it('are decoded to what encodes to them again, or refused with the record', async () => {
    const record = fc.tuple(fc.oneof(fc.nat(9), fc.nat(255)), fc.nat(2 ** 31 - 1));
    const input = fc.tuple(
      fc.array(record, { maxLength: 3 }),
      fc.oneof(fc.constant(0), fc.integer({ min: -3072, max: 3072 })),
    );
    await fuzz('cifar-records', input, ([records, rest]) => {
      const bytes = new Uint8Array(Math.max(0, records.length * 3073 + rest));
      records.forEach(([label, seed], i) => {
        for (let k = i * 3073, x = seed; k < Math.min(bytes.length, (i + 1) * 3073); k++)
          bytes[k] = (x = (x * 1103515245 + 12345) & 0x7fffffff) >> 16;
        if (i * 3073 < bytes.length) bytes[i * 3073] = label;
      });
      const n = Math.floor(bytes.length / 3073);
      let labels: Int32Array;
      try {
        labels = labelsOf(bytes, 'batch.bin');
      } catch (error) {
        clear(
          error,
          /^batch\.bin: expected (records of 3073 bytes; got \d+|labels 0\.\.9; record \d+ \(byte \d+\) has \d+)/,
        );
        if (
          bytes.length % 3073 === 0 &&
          Array.from({ length: n }, (_, i) => bytes[i * 3073]).every((label) => label < 10)
        )
          throw error;
        return;
      }
      for (let i = 0; i < n; i++) {
        if (labels[i] !== bytes[i * 3073]) throw new Error(`label ${i}`);
        const pixels = pixelsOf(bytes, i);
        for (let p = 0; p < 1024; p++)
          for (let c = 0; c < 3; c++)
            if (pixels[p * 3 + c] !== bytes[i * 3073 + 1 + c * 1024 + p]) throw new Error(`pixel ${p} of ${i}`);
      }
    });
  });
});

describe('npy headers', () => {
  it('hold any shape in 128 bytes, or refuse it', async () => {
    const input = fc.tuple(
      fc.array(fc.nat(2 ** 40), { minLength: 1, maxLength: 14 }),
      fc.constantFrom(...(Object.keys(BYTES) as Dtype[])),
    );
    await fuzz('npy-headers', input, ([shape, dtype]) => {
      let header: Buffer;
      try {
        header = npyHeader(shape, dtype);
      } catch (error) {
        clear(error, /^npy: expected a shape of up to \d+ characters/);
        if (shape.join(', ').length < 60) throw error;
        return;
      }
      // numpy/lib/format.py: magic, version, length, a Python literal that ends in a newline
      const text = header.toString('latin1', 10);
      const match = /^\{'descr': '<f([24])', 'fortran_order': False, 'shape': \((.*)\), \} *\n$/s.exec(text);
      const magic = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
      if (header.length !== NPY_HEADER_BYTES || !header.subarray(0, 10).equals(magic) || !match)
        throw new Error(header.toString('latin1'));
      const found = match[2]
        .split(',')
        .filter((part) => part.trim())
        .map(Number);
      if (found.join() !== shape.join() || match[1] !== (dtype === 'float16' ? '2' : '4')) throw new Error(match[2]);
      if (shape.length === 1 && !match[2].endsWith(',')) throw new Error('a tuple of one needs its comma');
    });
  });
});

describe('files of JSON with a checksum', () => {
  const json = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  );

  it('are read as they were written, or refused', async () => {
    const file = inFolder('sealed.json');
    const input = fc.tuple(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
      fc.option(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))),
    );
    await fuzz('sealed', input, ([content, flip]) => {
      const plain = JSON.parse(JSON.stringify(content)) as object;
      if ('sha256' in plain || '__proto__' in content || Object.keys(plain).length !== Object.keys(content).length)
        return;
      writeSealed(file, plain);
      const before = JSON.stringify(plain);
      if (flip) {
        const bytes = readFileSync(file);
        bytes[flip[0] % bytes.length] ^= flip[1];
        writeFileSync(file, bytes);
      }
      try {
        const found = JSON.stringify(readSealed(file));
        if (found !== before) throw new TypeError(`read ${found}`);
      } catch (error) {
        if (!flip) throw error;
        clear(error, /sealed\.json is damaged: (expected JSON|expected an object|its checksum differs)/);
      }
    });
  });

  it('of any content never end a listing of runs or features', async () => {
    mkdirSync(inFolder('runs', 'one'), { recursive: true });
    mkdirSync(inFolder('cache', 'one'), { recursive: true });
    await fuzz('manifests', json, (text) => {
      writeFileSync(inFolder('runs', 'one', 'run.json'), text);
      writeFileSync(inFolder('cache', 'one', 'manifest.json'), text);
      if (listRuns({ folder: inFolder('runs') }).length) throw new Error('taken for a run');
      for (const { manifest, bytes } of listCache(inFolder('cache'))) {
        if (manifest !== undefined && (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)))
          throw new Error('no object');
        if (!(bytes >= 0)) throw new Error('no size');
      }
    });
  });

  it('of any content are refused as a classifier', async () => {
    mkdirSync(inFolder('classifier'), { recursive: true });
    const sealed = fc.dictionary(
      fc.constantFrom('format', 'backbone', 'head', 'classNames', 'kernel', 'imageSize'),
      fc.oneof(fc.jsonValue(), fc.constant('graft classifier 2')),
    );
    await fuzz('classifiers', fc.oneof(json, sealed), async (content) => {
      const file = inFolder('classifier', 'classifier.json');
      if (typeof content === 'string') writeFileSync(file, content);
      else writeSealed(file, JSON.parse(JSON.stringify(content)) as object);
      try {
        await loadClassifier(inFolder('classifier'));
      } catch (error) {
        return clear(error, /classifier\.json/);
      }
      throw new Error('taken for a classifier');
    });
  });
});

describe('pieces of features', () => {
  it('in any state never make a row of features wrong', async () => {
    const names = Array.from({ length: 16 }, (_, i) => i);
    const expected = Float32Array.from({ length: 64 }, (_, i) => i * 1.5);
    const keys = Buffer.concat(names.map((i) => keyOf(`picture ${i}`)));
    mkdirSync(inFolder('pieces'));
    const writer = openWriter(inFolder('pieces'), [4]);
    writer.write(keys, expected);
    writer.close();
    const [name] = readdirSync(inFolder('pieces'));
    const file = inFolder('pieces', name);
    let [whole, refused, found] = [0, 0, 0];
    await fuzz('pieces', mutated(readFileSync(file)), (bytes) => {
      writeFileSync(file, bytes);
      rmSync(`${file}.suspect`, { force: true });
      const set = openRowSet(inFolder('pieces'), [4], 'auto');
      if (set.damaged.length) {
        refused++;
        return clear(new Error(set.damaged[0].reason), /\.npy is damaged: /);
      }
      const rows = set.index.find(keys);
      const reader = openReader(set);
      try {
        for (const [i, row] of rows.entries()) {
          if (row < 0) continue;
          const got = reader.read([row]);
          if (got.some((value, k) => value !== expected[i * 4 + k])) throw new TypeError(`row ${i} is wrong`);
        }
        whole++;
      } catch (error) {
        clear(error, /row \d+ differs from what was written/);
        found++;
      } finally {
        reader.close();
      }
    });
    report(
      `pieces: ${whole.toLocaleString('en-US')} read whole, ${refused.toLocaleString('en-US')} refused when opened, ${found.toLocaleString('en-US')} when a row was read`,
    );
  });
});

describe('checkpoints', () => {
  it('of any bytes are refused', async () => {
    const file = inFolder('state.bin');
    const facts = fc
      .record({ key: fc.string(), state: fc.jsonValue(), shapes: fc.jsonValue(), sha256: fc.string() })
      .map((value) => Buffer.from(`${JSON.stringify(value)}\n`));
    await fuzz('checkpoints', fc.oneof(fc.uint8Array({ maxLength: 200 }), facts), (bytes) => {
      writeFileSync(file, bytes);
      try {
        loadCheckpoint(file, 'key');
      } catch (error) {
        return clear(error, /^checkpoint: .*state\.bin (is damaged|belongs to another training)/s);
      }
      throw new Error('taken for a checkpoint');
    });
  });
});
