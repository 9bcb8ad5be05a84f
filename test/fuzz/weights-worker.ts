// Opens weights files for weights.test.ts, in a process that can be ended when HDF5 hangs: a line in is a file, a
// line out what came.
import path from 'node:path';
import readline from 'node:readline';
import * as tf from '@tensorflow/tfjs';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { buildNetwork } from '../../src/models/networks/build-network.ts';
import { assignWeights } from '../../src/models/weights.ts';
import { openWeights } from '../../src/storage/weights/weights-file.ts';
import { REFERENCES } from '../references/read.ts';

const TINY = {
  family: 'vgg',
  convolutions: [2, 2, 4, 4, 4],
  widths: [4, 6, 8, 10, 12],
  units: 24,
  classes: 10,
  inputSize: 32,
  preprocess: 'caffe',
} as const;
await useTensorFlow();
const model = buildNetwork(tf, 'vgg19-tiny', TINY, { zero: true });
(await openWeights(path.join(REFERENCES, 'vgg19-tiny.official.h5'))).close(); // loads what reads them, as no case's time
process.stdout.write('ready\n');
for await (const file of readline.createInterface({ input: process.stdin })) {
  let said: { read: true } | { name: string; message: string };
  try {
    const weights = await openWeights(file);
    try {
      assignWeights(tf, weights, model, 'vgg19-tiny');
    } finally {
      weights.close();
    }
    said = { read: true };
  } catch (error) {
    said = { name: (error as Error).name, message: String((error as Error).message) };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
