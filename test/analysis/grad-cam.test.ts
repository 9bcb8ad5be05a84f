import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { gradCam } from '../../src/analysis/grad-cam.ts';
import { createClassifier } from '../../src/classifier/classifier.ts';
import { makeDataset } from '../../src/data/dataset.ts';
import { noteFacts } from '../../src/models/facts.ts';
import { splitModel } from '../../src/models/split.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { buildNetwork } from '../../src/models/networks/build-network.ts';
import { freeze } from '../../src/models/surgery.ts';
import { assignWeights } from '../../src/models/weights.ts';
import { openWeights } from '../../src/storage/weights/weights-file.ts';
import { reference, REFERENCES } from '../references/read.ts';
import { tensorsInUse } from '../tensors.ts';

interface Case {
  layer: string;
  image: number;
  asked: number | null;
  classIndex: number;
  size: [number, number];
  probability: number;
  map: number[];
}
const keras = reference<{ pictures: number[]; cases: Case[] }>('grad-cam.json');
const TINY = {
  family: 'vgg',
  convolutions: [2, 2, 4, 4, 4],
  widths: [4, 6, 8, 10, 12],
  units: 24,
  classes: 10,
  inputSize: 32,
  preprocess: 'caffe',
} as const;
const classNames = [...'abcdefghij'];
const imageSize = [32, 32] as const;
const pixels = Uint8Array.from(keras.pictures);
const images = makeDataset({ name: 'noise', pixels, imageSize, labels: [0, 1], classNames });

beforeAll(useTensorFlow);

async function tiny(upTo: string) {
  const weights = await openWeights(path.join(REFERENCES, 'vgg19-tiny.official.h5'));
  const model = buildNetwork(tf, 'vgg19-tiny', TINY, { zero: true });
  assignWeights(tf, weights, model, 'vgg19-tiny');
  weights.close();
  noteFacts(model, { network: 'vgg19-tiny', preprocess: 'caffe' });
  return createClassifier({ ...splitModel(freeze(model, { upTo })), classNames, imageSize });
}

describe('gradCam', () => {
  it('gives the maps, classes and probabilities of Keras, for layers of the backbone and of the head', async () => {
    for (const upTo of ['fc2', 'block4_pool']) {
      const classifier = await tiny(upTo);
      const tensors = await tensorsInUse();
      for (const { layer, image, asked, classIndex, size, probability, map } of keras.cases) {
        const all = await gradCam(classifier, images, { layer, classes: asked === null ? undefined : [asked, asked] });
        expect(all[image].classIndex).toBe(classIndex);
        expect(all[image].size).toEqual(size);
        expect(all[image].probability).toBeCloseTo(probability, 4);
        all[image].map.forEach((value, i) => expect(Math.abs(value - map[i])).toBeLessThan(1e-3));
      }
      expect(tf.memory().numTensors).toBe(tensors);
    }
  });

  it('takes the last convolution by default, and names those there are', async () => {
    const classifier = await tiny('fc2');
    const [first] = await gradCam(classifier, images);
    expect(first).toEqual((await gradCam(classifier, images, { layer: 'block5_conv4' }))[0]);
    expect(first.basis).toMatch(/^Grad-CAM of block5_conv4; classifier of 10 classes: vgg19-tiny to fc2, float32, /);
    await expect(gradCam(classifier, images, { layer: 'fc1' })).rejects.toThrow(
      /layer: expected one of block1_conv1, .*block5_conv4; got "fc1"/,
    );
    await expect(gradCam(classifier, images, { classes: [1] })).rejects.toThrow(
      'classes: expected one for each of 2 images; got 1.',
    );
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(gradCam(classifier, images, { signal })).rejects.toThrow('stopped');
  });
});
