// A training in a process of its own, to be killed by checkpoint.test.ts: prints history and weights as JSON.
// usage: node --import tsx test/training/train-child.ts CHECKPOINT
import { features } from '../../src/features/features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { buildHead } from '../../src/models/head.ts';
import { fit } from '../../src/training/fit.ts';

await useTensorFlow();
const n = 2000;
const rows = Float32Array.from({ length: n * 64 }, (_, i) => Math.sin(Math.floor(i / 64) * 0.7 + (i % 64) * 1.3));
const data = features(
  rows,
  Array.from({ length: n }, (_, i) => (i * 7) % 10),
);
const head = buildHead([64], { classes: 10, dropout: 0.3, hidden: [32] });
const options = { epochs: 12, schedule: 'cosine', learningRate: 0.01, checkpoint: process.argv[2] } as const;
const { epochs } = await fit(head, data, options);
const weights = head.getWeights().map((weight) => [...weight.dataSync()]);
console.log(JSON.stringify({ epochs: epochs.map(({ seconds: _, ...epoch }) => epoch), weights }));
