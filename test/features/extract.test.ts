import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { take } from '../../src/data/images.ts';
import { shapes10 } from '../../src/data/shapes10.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { useTensorFlow } from '../../src/tensorflow.ts';
import { loadNetwork } from '../../src/vgg/network.ts';
import { cutAt } from '../../src/vgg/surgery.ts';
import { itWithPeers } from '../peers.ts';
import { tensorsInUse } from '../tensors.ts';

const images = shapes10({ size: 64 });
const every = Array.from({ length: 64 }, (_, i) => i);
let backbone: tf.LayersModel;
let cache: string;

beforeAll(async () => {
  await useTensorFlow();
  backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
});
beforeEach(() => void (cache = mkdtempSync(path.join(os.tmpdir(), 'features-'))));
afterEach(() => rmSync(cache, { recursive: true }));

const folderOf = (file: string): string => path.dirname(file);

describe('extractFeatures', () => {
  it('finds the features of an earlier run, which equal fresh ones', async () => {
    const fresh = await extractFeatures(backbone, images, { cache });
    expect(fresh.shape).toEqual([64, 2, 2, 128]);
    expect(fresh.cached).toBe(0);
    const again = await extractFeatures(backbone, images, { cache });
    expect(again.cached).toBe(64);
    expect(again.rows(every)).toEqual(fresh.rows(every));
    expect(again.rows([5, 3])).toEqual(Float32Array.from([...fresh.rows([5]), ...fresh.rows([3])]));
    expect(() => again.rows([64])).toThrow(/expected an index in 0\.\.63; got 64/);
  });

  it('extends the features of fewer images', async () => {
    const few = await extractFeatures(backbone, take(images, 20), { cache });
    const all = await extractFeatures(backbone, images, { cache });
    expect(all.cached).toBe(20);
    expect(all.file).toBe(few.file);
  });

  it('keeps features apart that something changes', async () => {
    const files = new Set<string>();
    const small = take(images, 8);
    files.add((await extractFeatures(backbone, small, { cache })).file);
    files.add((await extractFeatures(backbone, small, { cache, kernel: 'bilinear' })).file);
    files.add((await extractFeatures(backbone, small, { cache, preprocess: 'none' })).file);
    files.add((await extractFeatures(backbone, small, { cache, engine: 'tensorflow' })).file);
    files.add((await extractFeatures(backbone, shapes10({ size: 8, seed: 2 }), { cache })).file);
    files.add((await extractFeatures(cutAt(await loadNetwork('vgg19-mini'), 'block4_pool'), small, { cache })).file);
    const other = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
    const [kernel, bias] = other.layers[1].getWeights();
    other.layers[1].setWeights([kernel.add(1e-4), bias]);
    files.add((await extractFeatures(other, small, { cache })).file);
    expect(files.size).toBe(7);
  });

  itWithPeers('writes a file that NumPy opens', async (python) => {
    const { file, rows } = await extractFeatures(backbone, images, { cache });
    const code = 'import numpy as np, sys; a = np.load(sys.argv[1]); print(a.shape, a.dtype, repr(float(a[7].sum(dtype=np.float64))))';
    const [, shape, sum] = /^(\(.*\) float16) (.*)$/m.exec(execFileSync(python, ['-c', code, file], { encoding: 'utf8' }))!;
    expect(shape).toBe('(64, 2, 2, 128) float16');
    expect(Number(sum)).toBeCloseTo(
      rows([7]).reduce((a, b) => a + b, 0),
      6,
    );
  });

  it('keeps float32 where asked to, and where float16 overflows, which it remembers', async () => {
    const exact = await extractFeatures(backbone, images, { cache, dtype: 'float32' });
    const half = await extractFeatures(backbone, images, { cache });
    expect([exact.dtype, half.dtype]).toEqual(['float32', 'float16']);
    expect(half.file).not.toBe(exact.file);
    const [a, b] = [exact.rows(every), half.rows(every)];
    expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]) / Math.max(1e-4, Math.abs(value))))).toBeLessThan(2 ** -11 * 1.001);

    const large = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
    const last = large.layers.at(-2)!;
    last.setWeights(last.getWeights().map((weight) => weight.mul(1e6)));
    await expect(extractFeatures(large, images, { cache, dtype: 'float16' })).rejects.toThrow(/too large or too small for float16.*dtype: 'float32'/);
    const first = await extractFeatures(large, images, { cache });
    expect(first).toMatchObject({ dtype: 'float32', cached: 0 });
    expect(await extractFeatures(large, images, { cache })).toMatchObject({ dtype: 'float32', cached: 64 });
    await expect(extractFeatures(backbone, images, { cache, dtype: 'int8' as 'float16' })).rejects.toThrow(
      /dtype: expected one of auto, float32, float16; got "int8"/,
    );
  });

  it('computes a damaged batch again, and only that', async () => {
    const fresh = await extractFeatures(backbone, images, { cache });
    const expected = fresh.rows(every);
    fresh.close();
    writeSync(openSync(fresh.file, 'r+'), Buffer.from([1, 2, 3]), 0, 3, 128 + 10 * 512 * 2 + 5);
    const notes: (string | undefined)[] = [];
    const again = await extractFeatures(backbone, images, { cache, onProgress: ({ note }) => notes.push(note) });
    expect(again.cached).toBe(56);
    expect(notes[0]).toMatch(/1 damaged batches found, computed again/);
    expect(again.rows(every)).toEqual(expected);
  });

  it('never reads a half-written line, manifest or file', async () => {
    const fresh = await extractFeatures(backbone, images, { cache });
    const expected = fresh.rows(every);
    const log = path.join(folderOf(fresh.file), 'rows.log');
    const text = readFileSync(log, 'utf8').trimEnd();
    writeFileSync(log, text.slice(0, -20)); // killed while writing the last line
    writeFileSync(path.join(folderOf(fresh.file), 'manifest.json'), '{"ver');
    const again = await extractFeatures(backbone, images, { cache });
    expect(again.cached).toBe(56);
    expect(again.rows(every)).toEqual(expected);
    rmSync(again.file);
    expect((await extractFeatures(backbone, images, { cache })).cached).toBe(0);
  });

  it('ends after the batch in flight when told to, and goes on from there', async () => {
    const controller = new AbortController();
    const run = extractFeatures(backbone, images, {
      cache,
      signal: controller.signal,
      onProgress: ({ done }) => done >= 24 && controller.abort(new Error('stop')),
    });
    await expect(run).rejects.toThrow('stop');
    const rest = await extractFeatures(backbone, images, { cache });
    expect(rest.cached).toBeGreaterThanOrEqual(24);
    expect(rest.cached).toBeLessThanOrEqual(40);
  });

  it('keeps no tensors and no temporary files', async () => {
    const before = await tensorsInUse();
    process.env.GRAFT_DATA = cache;
    await extractFeatures(backbone, images, { engine: 'onnx' });
    await extractFeatures(backbone, images, { engine: 'tensorflow' });
    delete process.env.GRAFT_DATA;
    expect(tf.memory().numTensors).toBe(before);
    expect(readdirSync(path.join(cache, 'tmp'))).toEqual([]);
  });

  it('names the choices of an option that it does not know', async () => {
    await expect(extractFeatures(backbone, images, { cache, engine: 'cuda' as 'onnx' })).rejects.toThrow(
      /engine: expected one of auto, onnx, tensorflow, webgpu; got "cuda"/,
    );
    await expect(extractFeatures(backbone, images, { cache, batchSize: 0 })).rejects.toThrow(/batchSize: expected a whole number from 1; got 0/);
  });
});

/** The `graft features` command as a process of its own. */
function graft(out: string): ChildProcess {
  const args = [
    'src/graft.mjs',
    'features',
    '--data',
    'shapes10',
    '--size',
    '600',
    '--backbone',
    'vgg19-mini',
    '--cut',
    'block5_pool',
    '--cache',
    cache,
    '--out',
    out,
  ];
  return spawn(process.execPath, args, { stdio: 'ignore' });
}

const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once('exit', (code) => resolve(code)));

describe('extraction in processes of their own', () => {
  it('goes on after kill -9, with the result of an undisturbed run', async () => {
    const undisturbed = path.join(cache, 'undisturbed.npy');
    expect(await ended(graft(undisturbed))).toBe(0);
    for (const folder of readdirSync(cache)) if (folder !== 'undisturbed.npy') rmSync(path.join(cache, folder), { recursive: true });
    let kills = 0;
    for (let i = 0; i < 3; i++) {
      const before = logged();
      const child = graft(path.join(cache, 'disturbed.npy'));
      const done = ended(child);
      const running = () => child.exitCode === null && child.signalCode === null;
      while (running() && logged() < before + 5) await new Promise((resolve) => setTimeout(resolve, 5));
      if (running() && child.kill('SIGKILL')) kills++;
      await done;
    }
    expect(kills).toBeGreaterThan(0);
    expect(await ended(graft(path.join(cache, 'disturbed.npy')))).toBe(0);
    expect(readFileSync(path.join(cache, 'disturbed.npy')).equals(readFileSync(undisturbed))).toBe(true);
  });

  it('gives two runs at once the right result', async () => {
    const files = ['a.npy', 'b.npy'].map((name) => path.join(cache, name));
    expect(await Promise.all(files.map((file) => ended(graft(file))))).toEqual([0, 0]);
    expect(readFileSync(files[0]).equals(readFileSync(files[1]))).toBe(true);
  });
});

/** Batches written so far. */
function logged(): number {
  const folder = readdirSync(cache).find((name) => existsSync(path.join(cache, name, 'rows.log')));
  return folder
    ? readFileSync(path.join(cache, folder, 'rows.log'), 'utf8')
        .split('\n')
        .filter(Boolean).length
    : 0;
}
