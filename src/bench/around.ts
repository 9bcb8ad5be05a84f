import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sweep } from '../experiments/sweep.ts';
import { type Features, features } from '../features/features.ts';
import { ROOT } from '../project.ts';
import { writeNpy } from '../storage/rows/npy-file.ts';
import { trainEpoch } from '../training/steps/epoch.ts';
import { evaluate } from '../training/evaluation/evaluate.ts';
import { measurePredict } from './around-predict.ts';
import { measureWhole } from './around-whole.ts';
import { drawnHead, drawnRows } from './drawn-head.ts';
import { PEERS_PYTHON } from './peers/peers.ts';

/** What was measured; the seconds of each contestant by its name. */
export interface Around {
  readonly what: string;
  readonly seconds: Readonly<Record<string, number>>;
}

const [CLASSES, BATCH] = [10, 32];

/**
 * Measures what is around the backbone: the head's training by both trainers and by Keras, if the peers are set up, in
 * turns; a sweep, on drawn features as wide as VGG's and with as many zeros; predicting pictures; and how long one
 * waits once the features are there.
 * @param before folder of a clone of an earlier commit, for the last of these
 */
export async function* measureAround(quick: boolean, before?: string): AsyncGenerator<Around> {
  const n = quick ? 250 : 2500;
  const epochs = quick ? 2 : 20;
  for (const width of [25_088, 512]) {
    const train = drawn(n, width);
    const seconds: Record<string, number> = {};
    for (const kind of ['TensorFlow.js', 'Graft'] as const) seconds[kind] = await trainHead(kind, train, width, epochs);
    const keras = await trainKeras(train, epochs);
    if (keras !== undefined) seconds.Keras = keras;
    yield { what: `head on ${n} × ${width}, ${epochs} epochs`, seconds };
  }
  const [rates, seeds, rounds] = [quick ? [0.5] : [0, 0.2, 0.5, 0.7, 0.9], quick ? [1] : [1, 2, 3], quick ? 2 : 15];
  const [train, test] = [drawn(n, 25_088), drawn(quick ? 100 : 1000, 25_088, 2)];
  const began = performance.now();
  for (const dropout of rates)
    for (const seed of seeds) await trainHead('TensorFlow.js', train, 25_088, rounds, { dropout, seed, test });
  const between = performance.now();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'graft-around-'));
  try {
    await sweep({ dropout: rates, seed: seeds, epochs: [rounds] }, { train, test }, { folder, progress: false });
  } finally {
    rmSync(folder, { recursive: true });
  }
  const seconds = { 'TensorFlow.js': (between - began) / 1000, Graft: (performance.now() - between) / 1000 };
  yield { what: `sweep of ${rates.length} × ${seeds.length} on ${n} × 25088, ${rounds} epochs`, seconds };
  yield await measurePredict(quick);
  yield* measureWhole(quick, before);
}

function drawn(n: number, width: number, seed = 1): Features {
  return features(
    drawnRows(n, width, 'bench/around', seed),
    Array.from({ length: n }, (_, i) => i % CLASSES),
  );
}

/** @returns seconds of all steps, including reading the features, but not building the head */
async function trainHead(
  kind: 'TensorFlow.js' | 'Graft',
  train: Features,
  width: number,
  epochs: number,
  { dropout = 0.5, seed = 1, test }: { dropout?: number; seed?: number; test?: Features } = {},
): Promise<number> {
  const own = drawnHead(width, { classes: CLASSES, dropout });
  const began = performance.now();
  const trainer = kind === 'Graft' ? (await own.softmax(train))! : await own.tensorflow(train, seed);
  const pass = { train, batchSize: BATCH, draws: undefined, seed, epochs, rateAt: () => {}, signal: undefined };
  for (let epoch = 1; epoch <= epochs; epoch++) await trainEpoch(trainer, epoch, pass);
  if (test) await evaluate(own.head, test);
  const seconds = (performance.now() - began) / 1000;
  own.dispose();
  return seconds;
}

async function trainKeras(train: Features, epochs: number): Promise<number | undefined> {
  if (!existsSync(PEERS_PYTHON)) return undefined;
  const all = Array.from(train.labels.keys());
  const blocks = async function* (): AsyncGenerator<Float32Array> {
    yield await train.rows(all);
  };
  const folder = mkdtempSync(path.join(os.tmpdir(), 'graft-around-'));
  try {
    const file = path.join(folder, 'rows.npy');
    await writeNpy(file, { shape: train.shape, dtype: 'float32' }, blocks());
    const script = path.join(ROOT, 'src/bench/peers/keras_head.py');
    const out = execFileSync(PEERS_PYTHON, [script, file, String(CLASSES), String(BATCH), String(epochs)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number(out.trim().split('\n').at(-1));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Writes one line, saying how many times as long as Graft the others take. */
export const aroundText = ({ what, seconds }: Around): string =>
  `${what}: ${Object.entries(seconds)
    .map(([who, s]) => `${who} ${s.toFixed(2)} s${who === 'Graft' ? '' : ` (${(s / seconds.Graft).toFixed(1)})`}`)
    .join(', ')}`;
