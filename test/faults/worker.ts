// Long work in a process of its own, to be ended at any moment.
// usage: node --import tsx test/faults/worker.ts features|training|sweep|download FOLDER [URL MD5]
// Says "ready" before it begins; writes its result to FOLDER/result.
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { download } from '../../src/storage/download.ts';
import { shapes10 } from '../../src/data/shapes10.ts';
import { subset } from '../../src/data/subset.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { fit } from '../../src/training/fit.ts';
import { buildHead } from '../../src/models/head.ts';
import { sweep } from '../../src/experiments/sweep.ts';
import { loadNetwork } from '../../src/models/network.ts';
import { cutAt } from '../../src/models/surgery.ts';

const [kind, folder, url, md5] = process.argv.slice(2);
const result = path.join(folder, 'result');

/** Made-up features that any number of processes make alike. */
const waves = (n: number, d = 64) => ({
  labels: Array.from({ length: n }, (_, i) => (i * 7) % 10),
  features: { shape: [n, d], rows: (indices: ArrayLike<number>) => Float32Array.from({ length: indices.length * d }, (_, i) => Math.sin(indices[Math.floor(i / d)] * 0.7 + (i % d) * 1.3)) },
}); // prettier-ignore

const KINDS: Record<string, () => Promise<() => Promise<void>>> = {
  async features() {
    await useTensorFlow();
    const backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
    const images = shapes10({ size: 500 });
    const calibration = subset(images, { size: 40 });
    return async () => {
      const features = await extractFeatures(backbone, images, { calibration, cache: path.join(folder, 'cache') });
      copyFileSync(features.file, result);
    };
  },
  async training() {
    await useTensorFlow();
    const head = buildHead([64], { classes: 10, dropout: 0.3, hidden: [32] });
    return async () => {
      const options = { epochs: 12, schedule: 'cosine', learningRate: 0.01, validation: waves(100), checkpoint: path.join(folder, 'state.bin') } as const;
      const { epochs } = await fit(head, waves(1500), options);
      const weights = head.getWeights().map((weight) => [...weight.dataSync()]);
      writeFileSync(result, JSON.stringify([epochs.map(({ seconds: _, ...rest }) => rest), weights]));
    };
  },
  async sweep() {
    await useTensorFlow();
    return async () => {
      const data = { train: waves(400), test: waves(200), classes: 10, basis: 'waves', folder: path.join(folder, 'sweep') };
      const { runs, failed } = await sweep({ dropout: [0, 0.3, 0.6], seed: [1, 2, 3], epochs: [4] }, data);
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
const leftovers = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tmp$|\.part/.test(name));
if (leftovers.length) throw new Error(`left behind: ${leftovers.join(', ')}`);
process.stdout.write(`done ${readFileSync(result).length}\n`);
