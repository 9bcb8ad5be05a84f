import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { gradCam } from '../../src/analysis/grad-cam.ts';
import { makeImages } from '../../src/data/images.ts';
import { split } from '../../src/models/split.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { buildNetwork } from '../../src/models/network.ts';
import { freeze } from '../../src/models/surgery.ts';
import { assignWeights, openWeights } from '../../src/models/weights.ts';
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
const TINY = { convolutions: [2, 2, 4, 4, 4], widths: [4, 6, 8, 10, 12], units: 24, classes: 10, inputSize: 32, preprocess: 'caffe' } as const;
const images = makeImages({ name: 'noise', pixels: Uint8Array.from(keras.pictures), size: [32, 32], labels: [0, 1], classNames: [...'abcdefghij'] });

beforeAll(useTensorFlow);

async function tiny(upTo: string) {
  const weights = await openWeights(path.join(REFERENCES, 'vgg19-tiny.official.h5'));
  const model = buildNetwork('vgg19-tiny', TINY, { zero: true });
  assignWeights(weights, model, 'vgg19-tiny');
  weights.close();
  return { ...split(freeze(model, { upTo })), kernel: 'bicubic', preprocess: 'caffe' } as const;
}

describe('gradCam', () => {
  it('gives the maps, classes and probabilities of Keras, for layers of the backbone and of the head', async () => {
    for (const upTo of ['fc2', 'block4_pool']) {
      const classifier = await tiny(upTo);
      const tensors = await tensorsInUse();
      for (const { layer, image, asked, classIndex, size, probability, map } of keras.cases) {
        const all = gradCam(classifier, images, { layer, classes: asked === null ? undefined : [asked, asked] });
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
    expect(gradCam(classifier, images)[0].map).toEqual(gradCam(classifier, images, { layer: 'block5_conv4' })[0].map);
    expect(() => gradCam(classifier, images, { layer: 'fc1' })).toThrow(/layer: expected one of block1_conv1, .*block5_conv4; got "fc1"/);
    expect(() => gradCam(classifier, images, { classes: [1] })).toThrow('classes: expected one for each of 2 images; got 1.');
  });
});
