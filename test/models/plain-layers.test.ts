import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { backboneOf, withInt8 } from '../../src/models/backbone.ts';
import { cutWith } from '../../src/models/cut.ts';
import { fingerprint } from '../../src/models/fingerprint.ts';
import { plainLayers } from '../../src/models/plain/plain-layers.ts';
import { buildNetwork } from '../../src/models/networks/build-network.ts';
import { type Architecture, architectureOf } from '../../src/models/networks/networks.ts';
import { fuse, isSum } from '../../src/onnx/fuse.ts';
import { backboneGraph } from '../../src/runtime/backbone-graph.ts';
import { sha256 } from '../../src/storage/files/hash.ts';
import { drawWeights } from '../references/drawn.ts';
import { TINY } from './tiny-networks.ts';

beforeAll(useTensorFlow);

const NETWORKS: readonly (readonly [name: string, architecture: Architecture, top: boolean, cuts: string[]])[] = [
  ['vgg19-mini', architectureOf('vgg19-mini'), false, ['block5_pool', 'block4_conv2', 'block3_pool-block5_pool']],
  ['vgg', { ...architectureOf('vgg19-mini'), units: 8, classes: 3 } as Architecture, true, ['fc2', 'flatten']],
  ['resnet50', TINY.resnet50, true, ['avg_pool', 'conv4_block2_out', 'predictions']],
  ['mobilenet_v2', TINY.mobilenet_v2, true, ['global_average_pooling2d', 'block_4_add', 'block_6_expand_relu']],
];

describe.each(NETWORKS)('%s of plain layers', (name, architecture, top, cuts) => {
  const built = (): { theirs: tf.LayersModel; plain: tf.LayersModel } => {
    const theirs = buildNetwork(tf, name, architecture, { zero: true, top });
    drawWeights(theirs);
    const plain = buildNetwork(plainLayers, name, architecture, { zero: true, top });
    theirs.layers.forEach((layer) => {
      const own = layer.getWeights().map((weight) => plainLayers.tensor(weight.dataSync(), weight.shape));
      plain.getLayer(layer.name).setWeights(own);
    });
    return { theirs, plain };
  };

  it('has the layers, ids and graphs that TensorFlow.js gives, at every cut, and no tensors', () => {
    const { theirs, plain } = built();
    expect(plain.layers.map((layer) => layer.name)).toEqual(theirs.layers.map((layer) => layer.name));
    expect(plain.countParams()).toBe(theirs.countParams());
    expect(fingerprint(plain)).toBe(fingerprint(theirs));
    const before = tf.memory().numTensors;
    for (const cut of cuts) {
      const [a, b] = [backboneOf(cutWith(tf, theirs, cut)), backboneOf(cutWith(plainLayers, plain, cut))];
      expect(b.outputShape).toEqual(a.outputShape);
      expect(b.id).toBe(a.id);
      const graph = (of: typeof a): string[] => {
        const weights: string[] = [];
        const { graph } = backboneGraph(of, [32, 32], (bytes) => void weights.push(sha256(bytes)));
        return [...weights, sha256(graph)];
      };
      expect(graph(b)).toEqual(graph(a));
      if (cut === 'predictions') continue; // a softmax has no 8-bit form
      const ranges = Object.fromEntries(fuse(a.model).flatMap((one) => (isSum(one) ? [[one.name, 2]] : [])));
      const [a8, b8] = [a, b].map((of) => withInt8(of, { ranges, agreement: 1, images: [32, 16] }));
      expect(b8.id).toBe(a8.id);
      expect(graph(b8)).toEqual(graph(a8));
    }
    expect(tf.memory().numTensors).toBe(before);
    theirs.dispose();
  });
});

it('refuses a setting that it does not know, which might change the numbers', () => {
  const dense = (): unknown => plainLayers.layers.dense({ name: 'd', units: 2, ...{ groups: 2 } });
  expect(dense).toThrow('expected one of units, activation, useBias; got "groups".');
  const first = (): unknown => plainLayers.layers.maxPooling2d({ name: 'p', poolSize: 2, dataFormat: 'channelsFirst' });
  expect(first).toThrow('expected channelsLast; got "channelsFirst"');
});
