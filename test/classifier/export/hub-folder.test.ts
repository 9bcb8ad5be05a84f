import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxBackbone } from '../../../src/backbones/onnx-backbone.ts';
import type { Classifier } from '../../../src/classifier/classifier.ts';
import { exportClassifier } from '../../../src/classifier/export/export-classifier.ts';
import { loadClassifier, loadToPredict } from '../../../src/classifier/load.ts';
import { predict } from '../../../src/classifier/predict.ts';
import { pngOf } from '../../../src/data/pictures/picture-files.ts';
import { useTensorFlow } from '../../../src/host/tensorflow.ts';
import type { Backbone } from '../../../src/models/backbone.ts';
import { node } from '../../process.ts';
import { REFERENCES } from '../../references/read.ts';
import { drawnClassifier, type DrawnOptions, drawnPictures } from './drawn-classifier.ts';
import { LAYER_BACKBONES } from './layer-backbones.ts';

let folder: string;
let photos: string[];
const inFolder = (...names: string[]): string => path.join(folder, ...names);

beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'hub-folder-'));
  mkdirSync(inFolder('photos'));
  photos = await Promise.all(
    (
      [
        [90, 60],
        [40, 70],
      ] as const
    ).map(async (size, i) => {
      writeFileSync(inFolder('photos', `${i}.png`), await pngOf(await drawnPictures(1, size), size));
      return inFolder('photos', `${i}.png`);
    }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, cut: string, more: object = {}): Promise<Backbone> =>
  onnxBackbone(path.join(REFERENCES, 'onnx', `${name}.onnx`), { cut, input: 'imagenet', ...more });

const cropped: DrawnOptions = { fit: { fit: 'crop', cropFraction: 0.8, interpolation: 'bicubic-keys' } };
/** Backbones of every kind, and ways to bring photos to their size that the graph's own resizing must not come on top of. */
const CASES: Readonly<Record<string, readonly [() => Backbone | Promise<Backbone>, DrawnOptions]>> = {
  'vgg19-mini to a feature map': [LAYER_BACKBONES['vgg19-mini to a feature map'], { hidden: [6], ...cropped }],
  'vgg19-mini to a vector': [LAYER_BACKBONES['vgg19-mini to a vector'], { imageSize: [24, 24], temperature: 2 }],
  'a file of ONNX': [() => file('conv-external', 'relu2'), cropped],
};

const answers = async (classifier: Classifier): Promise<number[]> =>
  (await predict(classifier, photos)).flatMap(({ ranking }) =>
    classifier.classNames.map((name) => ranking.find(({ className }) => className === name)!.probability),
  );

describe('the folder for the hub is a classifier of Graft’s as it is', () => {
  it('and answers as the one that it was exported from, wherever it is put, with nothing else beside it', async () => {
    for (const [name, [open, options]] of Object.entries(CASES)) {
      const classifier = await drawnClassifier(await open(), options);
      const out = inFolder('out', name);
      await exportClassifier(classifier, { to: 'hub', out });
      cpSync(out, inFolder('moved', name), { recursive: true });
      rmSync(out, { recursive: true });
      const expected = await answers(classifier);
      for (const load of [loadToPredict, ...(options.hidden ? [loadClassifier] : [])]) {
        const again = await load(inFolder('moved', name));
        expect(again.classNames).toEqual(classifier.classNames);
        expect([again.imageSize, again.fit, again.backbone.network]).toEqual([
          classifier.imageSize,
          classifier.fit,
          classifier.backbone.network,
        ]);
        (await answers(again)).forEach((value, i) => expect(Math.abs(value - expected[i]), name).toBeLessThan(1e-5));
      }
    }
  });

  it('for the command too; a file that changed is told', async () => {
    const [name] = Object.keys(CASES);
    const hub = inFolder('moved', name);
    expect(readdirSync(hub).filter((one) => /^(graft|head|seen|classifier)/.test(one))).toEqual([
      'graft.json',
      expect.stringMatching(/^head-[0-9a-f]{12}\.bin$/),
    ]);
    const { status, stdout, stderr } = await node([
      'src/graft.mjs',
      'predict',
      '--classifier',
      hub,
      '--json',
      photos[0],
    ]);
    expect(status, stderr).toBe(0);
    const [{ probability }] = JSON.parse(stdout) as [{ probability: number }];
    expect(Math.abs(probability - Math.max(...(await answers(await loadClassifier(hub))).slice(0, 5)))).toBeLessThan(
      1e-5,
    );
    const model = path.join(hub, 'onnx/model.onnx');
    const bytes = readFileSync(model);
    bytes.write('z', bytes.lastIndexOf('["a"') + 2); // another name in what it says about itself
    writeFileSync(model, bytes);
    await expect(loadToPredict(hub)).rejects.toThrow(
      /graft\.json: expected the weights that the classifier was trained with; .*model\.onnx holds others/,
    );
  });
});
