import { appendFileSync, copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gradCam } from '../../src/analysis/grad-cam.ts';
import { loadClassifier } from '../../src/classifier/load.ts';
import { predict } from '../../src/classifier/predict.ts';
import { saveClassifier } from '../../src/classifier/save.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { type Experiment, trainClassifier } from '../../src/experiments/train.ts';
import { liveViews } from '../../src/features/live-views.ts';
import type { ModelParts } from '../../src/models/model.ts';
import { withHead } from '../../src/models/surgery.ts';
import { onnxBackbone } from '../../src/backbones/onnx-backbone.ts';
import { fineTune } from '../../src/training/fine-tune.ts';
import { fit } from '../../src/training/fit.ts';
import { REFERENCES } from '../references/read.ts';
import { tensorsInUse } from '../tensors.ts';

// a small network with weights beside it: test/references/onnx_backbone.py
let folder: string;
let file: `${string}.onnx`;
let trained: Experiment;
const images = shapes10({ train: 40, test: 8 });
const inFolder = (...names: string[]): string => path.join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'onnx-classifier-'));
  for (const ending of ['.onnx', '.weights'])
    copyFileSync(path.join(REFERENCES, 'onnx', `conv-external${ending}`), inFolder(`conv-external${ending}`));
  file = inFolder('conv-external.onnx') as `${string}.onnx`;
  trained = await trainClassifier({
    data: 'shapes10',
    backbone: file,
    cut: 'relu2',
    preprocess: 'imagenet',
    train: 60,
    test: 20,
    epochs: 2,
    cache: inFolder('features'),
    runs: inFolder('runs'),
    progress: false,
  });
  await saveClassifier(trained.classifier, inFolder('saved'), { includeBackbone: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a classifier on an ONNX file', () => {
  it('is written down with the file’s hash, the cut and the pooling', () => {
    expect(trained.run.backbone).toMatchObject({
      network: 'conv-external',
      cut: 'relu2',
      precision: 'float32',
      file: { pooling: 'avg', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    });
  });

  it('is saved with the file and the weights beside it, and predicts the same once loaded', async () => {
    expect(readdirSync(inFolder('saved')).sort()).toEqual([
      'classifier.json',
      'conv-external.onnx',
      'conv-external.weights',
      expect.stringMatching(/^head-/),
      expect.stringMatching(/^seen-/),
    ]);
    const loaded = await loadClassifier(inFolder('saved'));
    expect(loaded.id).toBe(trained.classifier.id);
    expect(await predict(loaded, images.test)).toEqual(await predict(trained.classifier, images.test));
  });

  it('is refused where the weights beside the file have changed', async () => {
    await saveClassifier(trained.classifier, inFolder('other'), { includeBackbone: true });
    appendFileSync(inFolder('other', 'conv-external.weights'), 'more');
    await expect(loadClassifier(inFolder('other'))).rejects.toThrow(
      /expected the weights that the classifier was trained with; .* holds others/,
    );
  });

  it('is explained by Grad-CAM at the feature map that its features average', async () => {
    const before = await tensorsInUse();
    const [seen] = await gradCam(trained.classifier, images.test, { classes: images.test.labels });
    expect(seen.size).toEqual([8, 8]);
    expect(Math.max(...seen.map)).toBeLessThanOrEqual(1);
    expect(seen.basis).toMatch(/^Grad-CAM of relu2; classifier of 10 classes: conv-external to relu2 \(avg\), float32/);
    expect(await tensorsInUse()).toBe(before);
    const [said] = await predict(trained.classifier, images.test);
    expect(seen.probability).toBeCloseTo(
      said.ranking.find(({ className }) => className === images.test.classNames[images.test.labels[0]])!.probability,
      5,
    );
    const pooled = await onnxBackbone(file, { cut: 'relu2', pooling: 'max', input: 'imagenet' });
    const model = withHead(pooled, { classes: images.train.classNames });
    await fit(model, images.train, { epochs: 1, progress: false, extract: { cache: inFolder('features') } });
    await expect(gradCam(model, images.test)).rejects.toThrow(
      /expected a network of layers, or an ONNX file whose features are the average/,
    );
  });

  it('does not fine-tune and has no live views, and says what does', async () => {
    const { backbone } = trained.classifier;
    const model = trained.classifier as unknown as ModelParts;
    await expect(fineTune(model, images.train)).rejects.toThrow(
      /fineTune: expected pretrained layers that train; conv-external to relu2 \(avg\), float32 is an ONNX file/,
    );
    await expect(liveViews(backbone, images.train, {})).rejects.toThrow(/liveViews: expected a backbone of layers/);
  });
});
