import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { artifactsOf, weightBytesOf } from '../../../src/models/artifacts.ts';
import { buildNetwork } from '../../../src/models/networks/build-network.ts';
import { cutAt } from '../../../src/models/surgery.ts';
import { filesOf } from '../../../src/storage/files/new-folder.ts';
import { zipOf } from '../../../src/storage/files/write-zip.ts';
import { TINY } from '../../models/tiny-networks.ts';
import { drawn, drawWeights } from '../../references/drawn.ts';

/**
 * A model as Teachable Machine joins it (googlecreativelab/teachablemachine-community,
 * libraries/image/src/custom-mobilenet.ts and teachable-mobilenet.ts): MobileNetV2 to `out_relu` and its averages in one
 * sequence, a hidden layer and a softmax without a bias in another.
 */
export function teachableModel(k: number): tf.Sequential {
  const network = buildNetwork(tf, 'mobilenet_v2', TINY.mobilenet_v2, { zero: true, inputSize: 96 });
  drawWeights(network);
  const truncated = tf.sequential();
  truncated.add(cutAt(network, 'out_relu'));
  truncated.add(tf.layers.globalAveragePooling2d({}));
  const trained = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [1280], units: 10, activation: 'relu' }),
      tf.layers.dense({ units: k, activation: 'softmax', useBias: false }),
    ],
  });
  trained.setWeights(
    trained.getWeights().map(({ shape }, i) => {
      const values = drawn(
        shape.reduce((a, b) => a * b, 1),
        70 + i,
      );
      return tf.tensor(
        values.map((value) => value * (i === 0 ? 0.3 : 0.5)),
        shape,
      );
    }),
  );
  return tf.sequential({ layers: [truncated, trained] });
}

/** Writes a model as TensorFlow.js does in a page, in one file of weights. */
export async function writeLayersModel(model: tf.LayersModel, folder: string): Promise<void> {
  const artifacts = await artifactsOf(model);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'weights.bin'), weightBytesOf(artifacts));
  const weightsManifest = [{ paths: ['weights.bin'], weights: artifacts.weightSpecs }];
  const { modelTopology } = artifacts;
  writeFileSync(path.join(folder, 'model.json'), JSON.stringify({ modelTopology, weightsManifest }));
}

/** The metadata.json that Teachable Machine writes. */
export const metadata = (labels: readonly string[]): string =>
  JSON.stringify({
    tfjsVersion: '1.7.4',
    tmVersion: '2.4.10',
    packageVersion: '0.8.4-alpha2',
    packageName: '@teachablemachine/image',
    timeStamp: '2026-11-29T00:00:00.000Z',
    userMetadata: {},
    modelName: 'tm-my-image-model',
    labels,
    imageSize: 96,
  });

/** Packs the files of a folder into an archive. */
export function zipFolder(folder: string, archive: string): void {
  const parts = filesOf(folder).map(({ name }) => ({ name, bytes: readFileSync(path.join(folder, name)) }));
  writeFileSync(archive, zipOf(parts));
}
