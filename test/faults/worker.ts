// Long work in a process of its own, to be ended at any moment.
// usage: node --import tsx test/faults/worker.ts features|training|sweep|download FOLDER [URL MD5]
// Says "ready" before it begins; writes its result to FOLDER/result, or to GRAFT_RESULT where others work in FOLDER too.
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { download } from '../../src/storage/downloads/download.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { features, type Features } from '../../src/features/features.ts';
import type { Progress } from '../../src/host/progress.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { fit } from '../../src/training/fit.ts';
import { buildHead } from '../../src/models/head.ts';
import { sweep } from '../../src/experiments/sweep.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';

const [kind, folder, url, md5] = process.argv.slice(2);
const { GRAFT_RESULT: own } = process.env;
const result = own ?? path.join(folder, 'result');

/** Made-up features that any number of processes make alike. */
const waves = (n: number, d = 64): Features =>
  features(
    Float32Array.from({ length: n * d }, (_, i) => Math.sin(Math.floor(i / d) * 0.7 + (i % d) * 1.3)),
    Array.from({ length: n }, (_, i) => (i * 7) % 10),
  );

const KINDS: Record<string, () => Promise<() => Promise<void>>> = {
  async features() {
    await useTensorFlow();
    const backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
    const images = shapes10({ train: 1500 }).train;
    void images.keys; // drawing them is no part of the work
    return async () => {
      let [first, last] = [-1, 0];
      const progress = ({ done, label }: Progress): void => {
        if (label.startsWith('calibrating')) return;
        if (first < 0) first = done;
        else if (done > last) process.stdout.write(`computed ${done - Math.max(first, last)}\n`);
        last = Math.max(last, done);
      };
      const found = await extractFeatures(backbone, images, { cache: path.join(folder, 'cache'), progress });
      const rows = await found.rows(Array.from({ length: images.n }, (_, i) => i));
      writeFileSync(result, new Uint8Array(rows.buffer));
    };
  },
  async training() {
    await useTensorFlow();
    const head = buildHead([64], { classes: 10, dropout: 0.3, hidden: [32] });
    return async () => {
      const options = {
        epochs: 12,
        schedule: 'cosine',
        learningRate: 0.01,
        validation: waves(100),
        checkpoint: path.join(folder, 'state.bin'),
      } as const;
      const { epochs } = await fit(head, waves(1500), options);
      const weights = head.getWeights().map((weight) => [...weight.dataSync()]);
      writeFileSync(result, JSON.stringify([epochs.map(({ seconds: _, ...rest }) => rest), weights]));
    };
  },
  async sweep() {
    await useTensorFlow();
    return async () => {
      const data = { train: waves(400), test: waves(200) };
      const grid = { dropout: [0, 0.3, 0.6], seed: [1, 2, 3], epochs: [4] };
      const { runs, failed } = await sweep(grid, data, { folder: path.join(folder, 'sweep') });
      if (failed.length) throw new Error(failed[0].error);
      const kept = runs.map(({ setting, accuracy, right, loss, epochs }) => [
        setting,
        accuracy,
        [...right],
        loss,
        epochs.map(({ seconds: _, ...rest }) => rest),
      ]);
      writeFileSync(result, JSON.stringify(kept));
    };
  },
  download: () =>
    Promise.resolve(async () => {
      await download({ url, md5 }, path.join(folder, 'file.bin'));
      copyFileSync(path.join(folder, 'file.bin'), result);
    }),
};

const work = await KINDS[kind]();
process.stdout.write('ready\n');
await work();
// what a finished run leaves: nothing half-written
const leftovers = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.tmp$|\.part/.test(name),
);
if (leftovers.length && own === undefined) throw new Error(`left behind: ${leftovers.join(', ')}`);
process.stdout.write(`done ${readFileSync(result).length}\n`);
