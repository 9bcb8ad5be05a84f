// A training in a process of its own, to be killed by checkpoint.test.ts: prints history and weights as JSON.
// usage: node --import tsx test/training/train-child.ts CHECKPOINT
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { fit } from '../../src/training/fit.ts';
import { buildHead } from '../../src/models/head.ts';

await useTensorFlow();
const n = 2000;
const rows = (indices: ArrayLike<number>): Float32Array =>
  Float32Array.from({ length: indices.length * 64 }, (_, i) => Math.sin(indices[Math.floor(i / 64)] * 0.7 + (i % 64) * 1.3));
const data = { labels: Array.from({ length: n }, (_, i) => (i * 7) % 10), features: { shape: [n, 64], rows } };
const head = buildHead([64], { classes: 10, dropout: 0.3, hidden: [32] });
const { epochs } = await fit(head, data, { epochs: 12, schedule: 'cosine', learningRate: 0.01, checkpoint: process.argv[2] });
console.log(JSON.stringify({ epochs: epochs.map(({ seconds: _, ...epoch }) => epoch), weights: head.getWeights().map((weight) => [...weight.dataSync()]) }));
