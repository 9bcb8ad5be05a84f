import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { download } from '../../src/storage/downloads/download.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { features, type Features } from '../../src/features/features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { createClassifier } from '../../src/classifier/classifier.ts';
import { loadClassifier } from '../../src/classifier/load.ts';
import { saveClassifier } from '../../src/classifier/save.ts';
import { backboneOf } from '../../src/models/backbone.ts';
import { fit } from '../../src/training/fit.ts';
import { buildHead } from '../../src/models/head.ts';
import { sweep } from '../../src/experiments/sweep.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt, freeze } from '../../src/models/surgery.ts';
import { CASES, draws, report } from './scale.ts';

const images = shapes10({ train: 120 }).train;
const every = Array.from({ length: 120 }, (_, i) => i);
let backbone: tf.LayersModel;
let folder: string;
let expected: Float32Array;

beforeAll(async () => {
  await useTensorFlow();
  backbone = freeze(cutAt(await loadNetwork('vgg19-mini'), 'block5_pool'));
  folder = mkdtempSync(path.join(os.tmpdir(), 'disk-'));
  expected = await (await extract(path.join(folder, 'undisturbed'))).rows(every);
});
afterAll(() => rmSync(folder, { recursive: true }));

const mount = (...args: string[]): boolean => spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
const extract = (cache: string): Promise<Features> => extractFeatures(backbone, images, { cache });
const cached = ({ origin }: Features): number => origin!.cached;
const waves = (n: number): Features =>
  features(
    Float32Array.from({ length: n * 64 }, (_, i) => Math.sin(Math.floor(i / 64) * 0.7 + (i % 64) * 1.3)),
    every.slice(0, n).map((i) => (i * 7) % 10),
  );
const newHead = () => buildHead([64], { classes: 10, dropout: 0.3, hidden: [128] });

/** A small file system of its own, which only root may make. */
const small = mkdtempSync(path.join(os.tmpdir(), 'small-'));
const mounted = mount('-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', small);
afterAll(() => {
  if (mounted) spawnSync('umount', [small]);
  rmSync(small, { recursive: true });
});
if (!mounted) console.log('disk: skipped what needs a file system of its own: this user may not mount one');

describe.skipIf(!mounted)('a full disk', () => {
  beforeEach(() => {
    mount('-o', 'remount,rw', small);
    for (const name of readdirSync(small)) rmSync(path.join(small, name), { recursive: true });
    expect(mount('-o', 'remount,size=400k', small)).toBe(true);
  });
  /** Takes what is left. */
  const fill = (): void => {
    const file = openSync(path.join(small, 'filler'), 'w');
    try {
      for (;;) writeSync(file, Buffer.alloc(4096));
    } catch {
      closeSync(file);
    }
  };
  const free = (): void => rmSync(path.join(small, 'filler'));

  it('under features names the file; with more room the run goes on, to the same result', async () => {
    const cache = path.join(small, 'cache');
    mount('-o', 'remount,size=100k', small);
    process.env.GRAFT_FLUSH_MS = '0';
    await expect(extract(cache)).rejects.toThrow(/\.npy cannot be written: ENOSPC.*What was there before is kept\./);
    delete process.env.GRAFT_FLUSH_MS;
    mount('-o', 'remount,size=8m', small);
    const found = await extract(cache);
    expect(cached(found)).toBeGreaterThan(0);
    expect(await found.rows(every)).toEqual(expected);
    found.close();
  });

  it('under a checkpoint names the file and keeps the one before', async () => {
    const whole = newHead();
    await fit(whole, waves(100), { epochs: 4, learningRate: 0.01 });
    const checkpoint = path.join(small, 'state.bin');
    const options = { epochs: 4, learningRate: 0.01, checkpoint };
    await expect(
      fit(newHead(), waves(100), { ...options, onEpoch: ({ epoch }) => void (epoch === 2 && fill()) }),
    ).rejects.toThrow(/state\.bin cannot be written: ENOSPC.*What was there before is kept\./);
    free();
    expect(readdirSync(small)).toEqual(['state.bin']);
    const resumed = newHead();
    const { epochs } = await fit(resumed, waves(100), options);
    expect(epochs).toHaveLength(4);
    expect(resumed.getWeights().map((w) => [...w.dataSync()])).toEqual(
      whole.getWeights().map((w) => [...w.dataSync()]),
    );
  });

  it('under a sweep is told of each run; with room they are run again', async () => {
    const options = { folder: path.join(small, 'sweep') };
    const data = { train: waves(60), test: waves(40) };
    mkdirSync(options.folder);
    fill();
    const { runs, failed } = await sweep({ seed: [1, 2], epochs: [1] }, data, options);
    expect(runs).toHaveLength(2); // trained, but not written down
    expect(failed.map(({ error }) => error)).toEqual([
      expect.stringMatching(/ENOSPC/),
      expect.stringMatching(/ENOSPC/),
    ]);
    free();
    expect(readdirSync(options.folder)).toEqual([]);
    expect((await sweep({ seed: [1, 2], epochs: [1] }, data, options)).failed).toEqual([]);
    expect(readdirSync(options.folder)).toHaveLength(2);
  });

  it('under a classifier leaves the old one whole', async () => {
    const to = path.join(small, 'classifier');
    const head = buildHead([2, 2, 128], { classes: 10 });
    const classifier = createClassifier({
      backbone: backboneOf(backbone),
      head,
      classNames: images.classNames,
      imageSize: [32, 32],
    });
    await saveClassifier(classifier, to);
    const before = (await loadClassifier(to)).head.getWeights()[0].dataSync();
    fill();
    const other = buildHead([2, 2, 128], { classes: 10, hidden: [16] });
    await expect(saveClassifier(createClassifier({ ...classifier, head: other }), to)).rejects.toThrow(
      /cannot be written: ENOSPC/,
    );
    free();
    expect((await loadClassifier(to)).head.getWeights()[0].dataSync()).toEqual(before);
  });

  it('under a download ends it at once, keeping what came', async () => {
    const server = createServer((_, response) =>
      response.writeHead(200, { etag: '"a"', 'content-length': 2e6 }).end(Buffer.alloc(2e6)),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await expect(download({ url, md5: 'x' }, path.join(small, 'file.bin'))).rejects.toThrow(
      /file\.bin\.part cannot be written: ENOSPC/,
    );
    expect(statSync(path.join(small, 'file.bin.part')).size).toBeGreaterThan(100_000);
    server.closeAllConnections();
    server.close();
  });

  it('and a read-only one is named, and changes nothing', async () => {
    mount('-o', 'remount,size=8m', small);
    const cache = path.join(small, 'cache');
    await extract(cache);
    expect(mount('-o', 'remount,ro', small)).toBe(true);
    await expect(extract(path.join(small, 'other'))).rejects.toThrow(
      /120 of the 120 images .* have no features .*cannot be made/,
    );
    const found = await extract(cache);
    expect(await found.rows(every)).toEqual(expected);
    found.close();
    await expect(
      fit(newHead(), waves(60), { epochs: 1, learningRate: 0.01, checkpoint: path.join(small, 'state.bin') }),
    ).rejects.toThrow(/EROFS/);
    mount('-o', 'remount,rw', small);
    expect(cached(await extract(cache))).toBe(120);
  });
});

describe('damage', () => {
  const files = (root: string): string[] =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(root, name))
      .filter((file) => statSync(file).isFile());

  it('of any byte of features, manifest or calibration is found and mended: the result stays the same', async () => {
    const cache = path.join(folder, 'flipped');
    await extract(cache);
    const whole = new Map(files(cache).map((file) => [file, readFileSync(file)]));
    const next = draws('flips');
    const flips = Math.max(20, CASES / 100);
    let [computed, found] = [0, 0];
    for (let i = 0; i < flips; i++) {
      const [file, bytes] = [...whole][Math.floor(next() * whole.size)];
      const changed = Buffer.from(bytes);
      changed[Math.floor(next() * bytes.length)] ^= 1 << Math.floor(next() * 8);
      writeFileSync(file, changed);
      let rows = await extract(cache);
      // damage among the rows is found when they are read, and computed again by the next extraction
      const read = await rows.rows(every).catch((error: Error) => error);
      if (read instanceof Error) {
        expect(read.message).toMatch(/differs from what was written/);
        found++;
        rows.close();
        rows = await extract(cache);
      }
      computed += 120 - cached(rows);
      expect(await rows.rows(every), `${file}, case ${i}`).toEqual(expected);
      rows.close();
      for (const left of files(cache)) rmSync(left);
      for (const [back, content] of whole) writeFileSync(back, content);
    }
    report(
      `${flips} bytes flipped in features, manifest and calibration: all found (${found} when rows were read), ` +
        `${computed} rows found missing at once, every result equal`,
    );
  });

  it('between opening and use is found when the rows are read', async () => {
    const cache = path.join(folder, 'changed');
    const rows = await extract(cache);
    await rows.rows(every);
    const [name] = readdirSync(rows.origin!.folder).filter((one) => one.endsWith('.npy'));
    const file = openSync(path.join(rows.origin!.folder, name), 'r+');
    writeSync(file, Buffer.from([77]), 0, 1, 128 + 50 * 1024 + 9);
    closeSync(file);
    await expect(rows.rows([49, 50])).rejects.toThrow(
      /\.npy: row 50 differs from what was written: the file was damaged or changed\. Run it again/,
    );
    expect(await rows.rows([49])).toEqual(expected.slice(49 * 512, 50 * 512));
    const again = await extract(cache);
    expect(await again.rows(every)).toEqual(expected);
  });

  it('of any byte of a checkpoint or a classifier is refused; of a sweep’s run, it is run again', async () => {
    const next = draws('flips/refused');
    const flip = (file: string, bytes: Buffer): void => {
      const changed = Buffer.from(bytes);
      changed[Math.floor(next() * bytes.length)] ^= 1 << Math.floor(next() * 8);
      writeFileSync(file, changed);
    };
    const checkpoint = path.join(folder, 'state.bin');
    const options = { epochs: 2, learningRate: 0.01, checkpoint };
    await fit(newHead(), waves(60), options);
    const state = readFileSync(checkpoint);
    const saved = path.join(folder, 'classifier');
    const head = buildHead([2, 2, 128], { classes: 10 });
    await saveClassifier(
      createClassifier({ backbone: backboneOf(backbone), head, classNames: images.classNames, imageSize: [32, 32] }),
      saved,
    );
    const parts = new Map(files(saved).map((file) => [file, readFileSync(file)]));
    const flips = Math.max(10, CASES / 200);
    for (let i = 0; i < flips; i++) {
      flip(checkpoint, state);
      await expect(fit(newHead(), waves(60), options)).rejects.toThrow(
        /state\.bin (is damaged|belongs to another training)/,
      );
      const [file, bytes] = [...parts][i % parts.size];
      flip(file, bytes);
      await expect(loadClassifier(saved), file).rejects.toThrow(/is damaged|expected the head's weights/);
      writeFileSync(file, bytes);
    }
    const run = { folder: path.join(folder, 'sweep') };
    const data = { train: waves(60), test: waves(40) };
    const { runs } = await sweep({ seed: [1], epochs: [1] }, data, run);
    const [file] = files(run.folder);
    const text = readFileSync(file);
    for (let i = 0; i < flips; i++) {
      flip(file, text);
      const again = await sweep({ seed: [1], epochs: [1] }, data, run);
      expect(again.runs[0].right).toEqual(runs[0].right);
    }
    report(`${flips} bytes flipped in each of checkpoint, classifier and sweep run: all found`);
  });
});
