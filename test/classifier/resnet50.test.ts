import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gradCam } from '../../src/analysis/grad-cam.ts';
import { loadClassifier } from '../../src/classifier/load.ts';
import { predict } from '../../src/classifier/predict.ts';
import { saveClassifier } from '../../src/classifier/save.ts';
import { take } from '../../src/data/dataset.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { resnet50 } from '../../src/models/networks/network.ts';
import { splitModel } from '../../src/models/split.ts';
import { freeze, withHead } from '../../src/models/surgery.ts';
import { evaluate } from '../../src/training/evaluation/evaluate.ts';
import { fineTune } from '../../src/training/fine-tune.ts';
import { fit } from '../../src/training/fit.ts';
import { writeDrawnWeights } from '../models/drawn-weights-file.ts';

const { train, test } = shapes10({ train: 32, test: 6 });
let folder: string;
let weights: string;

beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'resnet50-'));
  weights = path.join(folder, 'resnet50.h5');
  (await writeDrawnWeights('resnet50', weights)).dispose();
});
afterAll(() => rmSync(folder, { recursive: true }));

const network = (): Promise<tf.LayersModel> => resnet50({ weights, inputSize: 64 });
const values = (model: tf.LayersModel, layer: string): Float32Array[] =>
  model
    .getLayer(layer)
    .getWeights()
    .map((weight) => weight.dataSync().slice() as Float32Array);

describe('ResNet50 with drawn weights', () => {
  it('is extracted, trained, saved, loaded, and predicts', async () => {
    const extract = { cache: path.join(folder, 'features'), precision: 'float32', progress: false } as const;
    const model = withHead(freeze(await network()), { classes: train.classNames, dropout: 0.2 });
    const { backbone, head } = splitModel(model);
    expect(String(backbone)).toBe('resnet50 to avg_pool, float32');
    const features = await extractFeatures(backbone, { train, test }, extract);
    expect(features.train.shape).toEqual([32, 2048]);
    const history = await fit(head, features.train, { epochs: 6, progress: false });
    expect(history.epochs.at(-1)!.loss).toBeLessThan(history.epochs[0].loss);
    expect((await evaluate(head, features.test)).labels.length).toBe(6);

    const saved = path.join(folder, 'frozen');
    await saveClassifier({ backbone, head }, saved);
    const loaded = await loadClassifier(saved);
    expect(loaded.backbone.id).toBe(backbone.id);
    expect(await predict(loaded, test)).toEqual(await predict({ backbone, head }, test));
  });

  it('is fine-tuned from a block’s end on, its batch normalization in inference mode, saved, loaded, and predicts', async () => {
    const whole = await network();
    const upTo = 'conv5_block2_out';
    const model = withHead(freeze(whole, { upTo }), { classes: train.classNames, dropout: 0 });
    const { backbone, head } = splitModel(model);
    expect([backbone.cut, backbone.outputShape]).toEqual([upTo, [2, 2, 2048]]);
    expect(head.layers.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['conv5_block3_add', 'avg_pool', 'dense']),
    );
    const before = { frozen: values(whole, 'conv5_block2_3_bn'), trained: values(whole, 'conv5_block3_3_bn') };
    const extract = { cache: path.join(folder, 'features'), precision: 'float32' } as const;
    const history = await fineTune(model, train, { headEpochs: 2, epochs: 2, extract, progress: false });
    expect(history.epochs.length).toBe(4);
    expect(history.epochs.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(values(whole, 'conv5_block2_3_bn')).toEqual(before.frozen);
    const [gamma, beta, mean, variance] = values(whole, 'conv5_block3_3_bn');
    expect(gamma).not.toEqual(before.trained[0]);
    expect(beta).not.toEqual(before.trained[1]);
    expect([mean, variance]).toEqual(before.trained.slice(2));

    const saved = path.join(folder, 'tuned');
    await saveClassifier(model, saved);
    const loaded = await loadClassifier(saved);
    expect(await predict(loaded, test)).toEqual(await predict(model, test));
    const tensors = tf.memory().numTensors;
    const [seen] = await gradCam(model, take(test, 1));
    expect(seen.size).toEqual([2, 2]);
    expect(seen.basis).toMatch(/^Grad-CAM of conv5_block3_out; /);
    const [inside] = await gradCam(loaded, take(test, 1), { layer: 'conv4_block6_out' });
    expect(inside.size).toEqual([4, 4]);
    expect(tf.memory().numTensors).toBe(tensors);
    await expect(gradCam(model, take(test, 1), { layer: 'conv4_block6_2_conv' })).rejects.toThrow(
      /layer: expected one of conv1_conv, .*conv4_block6_out, .*conv5_block3_out; got "conv4_block6_2_conv"/,
    );
  });

  it('is frozen up to the last layer that everything passes through', async () => {
    const model = withHead(freeze(await network(), { upTo: 'conv5_block3_2_relu' }), { classes: 3 });
    const { cut, head } = splitModel(model);
    expect(cut).toBe('conv5_block2_out');
    expect(head.layers.find(({ name }) => name === 'conv5_block3_1_conv')!.trainable).toBe(false);
    expect(head.layers.find(({ name }) => name === 'conv5_block3_3_conv')!.trainable).toBe(true);
  });
});
