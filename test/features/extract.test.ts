import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { augmented } from '../../src/data/augmented.ts';
import { type Dataset, makeDataset, pick, take } from '../../src/data/dataset.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { subset } from '../../src/data/subset.ts';
import { extractFeatures, type ExtractOptions } from '../../src/features/extract.ts';
import type { Features } from '../../src/features/features.ts';
import type { Progress } from '../../src/host/progress.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { closeIdle } from '../../src/runtime/pool.ts';
import { itWithPeers } from '../peers.ts';
import { tensorsInUse } from '../tensors.ts';

const images = shapes10({ train: 64 }).train;
const every = Array.from({ length: 64 }, (_, i) => i);
let backbone: tf.LayersModel;
let cache: string;

beforeAll(async () => {
  backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
});
beforeEach(() => void (cache = mkdtempSync(path.join(os.tmpdir(), 'features-'))));
afterEach(() => rmSync(cache, { recursive: true }));

const float = { precision: 'float32' } as const;
const extract = (of: Dataset, options: ExtractOptions = {}): Promise<Features> =>
  extractFeatures(backbone, of, { cache, ...float, ...options });
const pieces = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.npy'));
const cached = (features: Features): number => features.origin!.cached;

describe('features belong to pictures', () => {
  it('are found again, and equal fresh ones', async () => {
    const fresh = await extract(images);
    expect(fresh.shape).toEqual([64, 2, 2, 128]);
    expect(cached(fresh)).toBe(0);
    const again = await extract(images);
    expect(cached(again)).toBe(64);
    expect(again.id).toBe(fresh.id);
    expect(await again.rows(every)).toEqual(await fresh.rows(every));
    expect(await again.rows([5, 3])).toEqual(
      Float32Array.from([...(await fresh.rows([5])), ...(await fresh.rows([3]))]),
    );
    await expect(again.rows([64])).rejects.toThrow(/expected an index in 0\.\.63; got 64/);
  });

  it('whatever the order, the subset, the seed, and what the data set is called', async () => {
    const all = await extract(images);
    const turned = await extract(pick(images, [...every].reverse()));
    expect(cached(turned)).toBe(64);
    expect(await turned.rows([0, 1])).toEqual(await all.rows([63, 62]));
    for (const seed of [1, 2, 3]) expect(cached(await extract(subset(images, { size: 20, seed })))).toBe(20);
    const copied = makeDataset({
      name: 'the same pictures from elsewhere',
      pixels: await images.read(0, 64),
      imageSize: [32, 32],
      labels: Array.from({ length: 64 }, () => 0),
      classNames: ['any'],
    });
    const elsewhere = await extract(copied);
    expect(cached(elsewhere)).toBe(64);
    expect(elsewhere.id).not.toBe(all.id);
  });

  it('so one picture more computes one, and the same picture twice is computed once', async () => {
    await extract(take(images, 63));
    const notes: Progress[] = [];
    expect(cached(await extract(images, { progress: (p) => notes.push(p) }))).toBe(63);
    expect(notes[0]).toMatchObject({ done: 63, total: 64, cached: 63 });
    const twice = await extract(pick(shapes10({ train: 4, seed: 7 }).train, [0, 1, 0, 0]));
    expect(cached(twice)).toBe(0);
    expect(await twice.rows([0])).toEqual(await twice.rows([3]));
    const [folder] = readdirSync(cache).filter((name) => name !== 'calibration');
    const rows = pieces(path.join(cache, folder)).map(
      (name) => /\((\d+),/.exec(readFileSync(path.join(cache, folder, name)).toString('latin1', 0, 128))![1],
    );
    expect(rows.map(Number).reduce((a, b) => a + b)).toBe(66);
  });

  it('and augmented views belong to the picture too, in another place as well', async () => {
    const how = { rotationRange: 20, horizontalFlip: true };
    const view = await extract(augmented(images, how, { view: 1 }));
    const some = await extract(augmented(pick(images, [40, 7]), how, { view: 1 }));
    expect(cached(some)).toBe(2);
    expect(await some.rows([0, 1])).toEqual(await view.rows([40, 7]));
    expect(cached(await extract(augmented(images, how, { view: 2 })))).toBe(0);
    expect(cached(await extract(augmented(images, { ...how, rotationRange: 10 }, { view: 1 })))).toBe(0);
  });

  it('but what changes them keeps them apart', async () => {
    const folders = new Set<string>();
    const small = take(images, 8);
    const note = async (of: Promise<Features>): Promise<void> => void folders.add((await of).origin!.folder);
    await note(extract(small));
    await note(extract(small, { interpolation: 'bilinear' }));
    await note(extract(small, { preprocess: 'none' }));
    await note(extract(small, { engine: 'tensorflow' }));
    await note(extractFeatures(cutAt(await loadNetwork('vgg19-mini'), 'block4_pool'), small, { cache, ...float }));
    const other = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
    const [weights, bias] = other.layers[1].getWeights();
    other.layers[1].setWeights([weights.add(1e-4), bias]);
    await note(extractFeatures(other, small, { cache, ...float }));
    expect(folders.size).toBe(6);
  });
});

describe('a set of features on disk', () => {
  it('is files that NumPy opens, written once: a second run changes none', async () => {
    const features = await extract(images);
    const folder = features.origin!.folder;
    const [name, ...others] = pieces(folder);
    expect(others).toEqual([]);
    const before = statSync(path.join(folder, name)).mtimeMs;
    await extract(pick(images, [3, 2, 1]));
    expect(statSync(path.join(folder, name)).mtimeMs).toBe(before);
    const file = readFileSync(path.join(folder, name));
    expect(file.toString('latin1', 10, 80)).toMatch(
      /^\{'descr': '<f2', 'fortran_order': False, 'shape': \(64, 2, 2, 128\), \}/,
    );
  });

  itWithPeers('is read by NumPy as it is read here', async (python) => {
    const features = await extract(images);
    const folder = features.origin!.folder;
    const code =
      'import numpy as np, sys; a = np.load(sys.argv[1], mmap_mode="r"); print(a.shape, a.dtype, repr(float(a[7].sum(dtype=np.float64))))';
    const said = execFileSync(python, ['-c', code, path.join(folder, pieces(folder)[0])], { encoding: 'utf8' });
    const [, shape, sum] = /^(\(.*\) float16) (.*)$/m.exec(said)!;
    expect(shape).toBe('(64, 2, 2, 128) float16');
    expect(Number(sum)).toBeCloseTo(
      (await features.rows([7])).reduce((a, b) => a + b, 0),
      6,
    );
  });

  it('holds float16 where it keeps the features, and float32 where that was asked for or halves overflow', async () => {
    const half = await extract(images);
    const exact = await extract(images, { dtype: 'float32' });
    expect([half.origin!.dtype, exact.origin!.dtype]).toEqual(['float16', 'float32']);
    expect(cached(exact)).toBe(0);
    expect(exact.id).not.toBe(half.id);
    const [a, b] = [await exact.rows(every), await half.rows(every)];
    expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]) / Math.max(1e-4, Math.abs(value))))).toBeLessThan(
      2 ** -11 * 1.001,
    );
    expect(cached(await extract(images))).toBe(64);

    const large = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
    const last = large.layers.at(-2)!;
    last.setWeights(last.getWeights().map((weight) => weight.mul(1e6)));
    await expect(extractFeatures(large, images, { cache, ...float, dtype: 'float16' })).rejects.toThrow(
      /too large or too small for float16.*dtype: 'float32'/,
    );
    const first = await extractFeatures(large, images, { cache, ...float });
    expect([first.origin!.dtype, cached(first)]).toEqual(['float32', 0]);
    expect(cached(await extractFeatures(large, images, { cache, ...float }))).toBe(64);
    await expect(extract(images, { dtype: 'int8' as 'float16' })).rejects.toThrow(
      /dtype: expected one of auto, float32, float16; got "int8"/,
    );
  });

  it('is opened without reading its rows; a damaged one is found when it is read, and computed again', async () => {
    const fresh = await extract(images);
    const expected = await fresh.rows(every);
    fresh.close();
    const folder = fresh.origin!.folder;
    flip(path.join(folder, pieces(folder)[0]), 128 + 10 * 512 * 2 + 5);
    const again = await extract(images);
    expect(cached(again)).toBe(64);
    await expect(again.rows(every)).rejects.toThrow(
      /row \d+ differs from what was written: the file was damaged or changed\. Run it again/,
    );
    again.close();
    const notes: (string | undefined)[] = [];
    const mended = await extract(images, { progress: ({ note }) => notes.push(note) });
    expect(notes.join()).toMatch(/1 damaged rows found in 1 files, computed again/);
    expect(await mended.rows(every)).toEqual(expected);
    expect(readdirSync(folder).filter((name) => name.endsWith('.suspect'))).toEqual([]);
  });

  it('does without a file whose keys or header are damaged, and computes its rows again', async () => {
    const fresh = await extract(images);
    const expected = await fresh.rows(every);
    const folder = fresh.origin!.folder;
    for (const at of [20, 128 + 64 * 512 * 2 + 3, 128 + 64 * (512 * 2 + 16) + 2, -5]) {
      const file = path.join(folder, pieces(folder)[0]);
      flip(file, at < 0 ? statSync(file).size + at : at);
      const again = await extract(images);
      expect(cached(again), String(at)).toBe(0);
      expect(await again.rows(every)).toEqual(expected);
    }
    writeFileSync(path.join(folder, pieces(folder)[0]), 'cut off');
    expect(cached(await extract(images))).toBe(0);
  });

  it('is merged by another process while it is read', async () => {
    const [a, b] = [await extract(take(images, 30)), await extract(images)];
    const folder = a.origin!.folder;
    const expected = [await a.rows([3]), await b.rows([40])];
    a.close();
    b.close();
    const { mergePieces } = await import('../../src/storage/rows/row-writer.ts');
    const { openRowSet } = await import('../../src/storage/rows/row-set.ts');
    expect(pieces(folder).length).toBe(2);
    expect(mergePieces(folder, openRowSet(folder, [2, 2, 128], 'auto').pieces)).toEqual({ before: 2, after: 1 });
    expect([await a.rows([3]), await b.rows([40])]).toEqual(expected);
  });

  it.skipIf(process.platform !== 'linux')('on a read-only disk is read, and says what is missing', async () => {
    await extract(take(images, 30));
    // root may write anywhere, so the disk itself has to be read-only
    const script = `
      import { shapes10 } from './src/data/named/shapes10.ts'; import { take } from './src/data/dataset.ts';
      import { extractFeatures } from './src/features/extract.ts'; import { loadNetwork } from './src/models/networks/network.ts'; import { cutAt } from './src/models/surgery.ts';
      const backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool'); const all = shapes10({ train: 64 }).train;
      const some = await extractFeatures(backbone, take(all, 30), { cache: ${JSON.stringify(cache)}, precision: 'float32' });
      console.log('read', (await some.rows([29])).length, some.origin.cached);
      await extractFeatures(backbone, all, { cache: ${JSON.stringify(cache)}, precision: 'float32' }).catch((error) => console.log(error.message));`;
    const file = path.join(os.tmpdir(), `graft-read-only-${process.pid}.ts`);
    writeFileSync(path.join(process.cwd(), path.basename(file)), script);
    try {
      let said: string;
      try {
        const mounted = `mount --bind -o ro ${cache} ${cache} && mount -o remount,ro,bind ${cache} && exec ${process.execPath} --import tsx ${path.basename(file)}`;
        said = execFileSync('unshare', ['-m', 'sh', '-c', mounted], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      } catch (error) {
        if (/unshare|mount/.test(String((error as { stderr?: string }).stderr ?? ''))) return; // not allowed here
        throw error;
      }
      expect(said).toMatch(/^read 512 30$/m);
      expect(said).toMatch(
        /features: 34 of the 64 images of shapes10 train have no features in .*, and none can be written there: .*(EROFS|read-only)/,
      );
    } finally {
      rmSync(path.join(process.cwd(), path.basename(file)));
    }
  });
});

describe('extraction', () => {
  it('ends after the batches in flight when told to, and goes on from there', async () => {
    const controller = new AbortController();
    const progress = ({ done }: Progress): void => void (done >= 24 && controller.abort(new Error('stop')));
    await expect(extract(images, { signal: controller.signal, progress })).rejects.toThrow('stop');
    const rest = await extract(images);
    expect(cached(rest)).toBeGreaterThanOrEqual(24);
    expect(cached(rest)).toBeLessThanOrEqual(40);
  });

  it('leaves this thread free while a batch is computed', async () => {
    const large = cutAt(await loadNetwork('vgg19-mini', { top: false, inputSize: 256 }), 'block5_pool');
    await extractFeatures(large, take(images, 8), { cache, ...float }); // opens the session
    let turns = 0;
    let next = setImmediate(function turn() {
      turns++;
      next = setImmediate(turn);
    });
    const seen: number[] = [];
    await extractFeatures(large, images, { cache, ...float, progress: () => void seen.push(turns) });
    clearImmediate(next);
    // on the JavaScript thread a batch of 8 passed between two turns of the event loop
    const between = seen.slice(1).map((turns, i) => turns - seen[i]);
    expect(between.filter((turns) => turns > 20).length).toBeGreaterThan(images.n / 8 / 2);
  });

  it('keeps no tensors, no temporary files and no process', async () => {
    const before = await tensorsInUse();
    process.env.GRAFT_DATA = cache;
    try {
      await extractFeatures(backbone, images, { engine: 'onnx' });
      await extractFeatures(backbone, images, { engine: 'tensorflow' });
    } finally {
      delete process.env.GRAFT_DATA;
    }
    await closeIdle();
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before);
    expect(readdirSync(path.join(cache, 'tmp'))).toEqual([]);
  });

  it('takes several data sets by name, calibrated on the training images', async () => {
    const { train, test } = shapes10({ train: 60, test: 20 });
    const both = await extractFeatures(backbone, { test, train, validation: undefined }, { cache });
    expect([both.train.shape[0], both.test.shape[0], both.validation]).toEqual([60, 20, undefined]);
    expect(both.train.origin!.backbone.calibration).toBe(both.test.origin!.backbone.calibration);
  });

  it('names the choices of an option that it does not know', async () => {
    await expect(extract(images, { engine: 'cuda' as 'onnx' })).rejects.toThrow(
      /engine: expected one of auto, onnx, openvino, tensorflow, webgpu; got "cuda"/,
    );
    await expect(extract(images, { batchSize: 0 })).rejects.toThrow(/batchSize: expected a whole number from 1; got 0/);
    await expect(extract(images, { interpolation: 'cubic' as 'bicubic' })).rejects.toThrow(
      /interpolation: expected one of nearest, .*; got "cubic"/,
    );
  });
});

function flip(file: string, at: number): void {
  chmodSync(file, 0o644);
  const bytes = readFileSync(file);
  writeSync(openSync(file, 'r+'), Buffer.from([bytes[at] ^ 0x40]), 0, 1, at);
}
