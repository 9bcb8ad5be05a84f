import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxBackbone } from '../../../src/backbones/onnx-backbone.ts';
import { createClassifier } from '../../../src/classifier/classifier.ts';
import { exportClassifier } from '../../../src/classifier/export/export-classifier.ts';
import { predict } from '../../../src/classifier/predict.ts';
import { predictFiles } from '../../../src/classifier/predict-files.ts';
import type { Prediction } from '../../../src/classifier/predictor.ts';
import { type PicturePath, picturePaths } from '../../../src/data/pictures/picture-paths.ts';
import { saveClassifier } from '../../../src/classifier/save.ts';
import { type Experiment, trainClassifier } from '../../../src/experiments/train.ts';
import { ROOT } from '../../../src/project.ts';
import { REFERENCES } from '../../references/read.ts';
import { node } from '../../process.ts';
import { itWithPeers } from '../../peers.ts';
import { drawnClassifier } from './drawn-classifier.ts';

/** A folder in which `npm install @huggingface/transformers@4.3.2` was run. */
const transformers = process.env.GRAFT_TEST_TRANSFORMERS;
/** A folder of photos by class: real ones where they are, else those that were drawn for the project. */
const photos = [process.env.GRAFT_TEST_PHOTOS, '../shared/data/flowers-sample', 'data/drawn-flowers']
  .map((name) => path.resolve(ROOT, name ?? 'none'))
  .find((name) => existsSync(name))!;
const toHub = { to: 'hub' } as const;

let folder: string;
let trained: Experiment;
const inFolder = (...names: string[]): string => path.join(folder, ...names);
const read = (...names: string[]): string => readFileSync(inFolder(...names), 'utf8');

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'hub-'));
  trained = await trainClassifier({
    data: photos,
    backbone: 'efficientnet-lite0',
    epochs: 10,
    cache: inFolder('features'),
    runs: inFolder('runs'),
    progress: false,
  });
  await exportClassifier(trained.classifier, { ...toHub, out: inFolder('flowers'), run: trained.run });
});
afterAll(() => rmSync(folder, { recursive: true }));

type Labels = readonly { readonly label: string; readonly score: number }[];

async function byTransformers(files: readonly string[], dtype: string): Promise<Labels[]> {
  const script = path.join(import.meta.dirname, 'read-hub.mjs');
  const child = spawn(process.execPath, [script, transformers!, folder, 'flowers', dtype], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(files));
  return JSON.parse(await text(child.stdout)) as Labels[];
}

describe('the folder for the hub', () => {
  it('has the files that transformers.js looks for', () => {
    const { id2label, model_type, num_labels } = JSON.parse(read('flowers', 'config.json')) as Record<string, unknown>;
    const { classNames } = trained.classifier;
    expect(Object.values(id2label as object)).toEqual(classNames);
    expect([model_type, num_labels]).toEqual(['efficientnet', classNames.length]);
    expect(JSON.parse(read('flowers', 'preprocessor_config.json'))).toMatchObject({
      do_resize: false,
      do_rescale: false,
      do_normalize: false,
    });
    for (const name of ['model.onnx', 'model_quantized.onnx'])
      expect(existsSync(inFolder('flowers/onnx', name))).toBe(true);
  });

  it('names in transformers.js the class that predict names, for 98 of 100 photos, in float32 and with 8-bit weights', async (context) => {
    if (!transformers)
      return context.skip('needs GRAFT_TEST_TRANSFORMERS, where @huggingface/transformers is installed');
    const expected = await readable(100);
    const some = expected.map(({ file }) => file);
    for (const dtype of ['fp32', 'q8']) {
      const found = await byTransformers(some, dtype);
      const differences = found.map((labels, i) =>
        Math.max(
          ...expected[i].ranking.map(({ className, probability }) =>
            Math.abs(labels.find(({ label }) => label === className)!.score - probability),
          ),
        ),
      );
      const same = found.filter(([best], i) => best.label === expected[i].className).length;
      const mean = differences.reduce((a, b) => a + b) / some.length;
      console.log(
        `${dtype}: same class for ${same} of ${some.length} photos, largest difference ${Math.max(...differences).toFixed(4)}, mean ${mean.toFixed(4)}`,
      );
      expect(same).toBeGreaterThanOrEqual(0.98 * some.length);
      expect(mean).toBeLessThan(0.05);
    }
  });

  it('is loaded by the lines of its README, in an empty folder', async (context) => {
    if (!transformers)
      return context.skip('needs GRAFT_TEST_TRANSFORMERS, where @huggingface/transformers is installed');
    const [, code] = /```js\n([\s\S]+?)\n```/.exec(read('flowers', 'README.md'))!;
    const here = inFolder('empty');
    mkdirSync(path.join(here, 'results'), { recursive: true });
    symlinkSync(inFolder('flowers'), path.join(here, 'results', 'hub'));
    symlinkSync(path.join(transformers, 'node_modules'), path.join(here, 'node_modules'));
    const [{ file, className }] = await readable(1);
    cpSync(file, path.join(here, 'photo.jpg'));
    writeFileSync(path.join(here, 'classify.mjs'), code);
    const child = spawn(process.execPath, ['classify.mjs'], { cwd: here, stdio: ['ignore', 'pipe', 'inherit'] });
    expect(await text(child.stdout)).toMatch(new RegExp(`^\\[\\s*\\{ label: '${className}', score: 0\\.\\d+ \\},`));
  });

  it('has a card with what was measured, and no more', () => {
    const card = read('flowers', 'README.md');
    const { test, data } = trained.run;
    expect(card).toContain(`${(100 * test.accuracy).toFixed(1)} % of ${test.n} test pictures`);
    expect(card).toContain(data.train.hash);
    for (const { className } of test.perClass) expect(card).toMatch(new RegExp(`\\| ${className} \\| \\d+ \\|`));
    expect(card).toContain('Weights of the backbone: Apache 2.0.');
    expect(card).toContain('To be filled in');
  });

  it('is written by the command too, which says what it wrote and the lines that load it', async () => {
    await saveClassifier(trained.classifier, inFolder('saved'), { includeBackbone: true });
    const args = ['--classifier', inFolder('saved'), '--out', inFolder('by-command')];
    const run = path.join(inFolder('runs'), trained.run.id, 'run.json');
    const { status, stdout } = await node(['src/graft.mjs', 'export', '--to', 'hub', '--run', run, ...args]);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /README\.md +[\d,]+ bytes\n[\s\S]*model_quantized\.onnx[\s\S]*pipeline\('image-classification', "by-command"/,
    );
    expect(read('by-command', 'README.md')).toContain(trained.run.id);
    const refused = await node(['src/graft.mjs', 'export', '--to', 'onnx', '--classifier', inFolder('saved')]);
    expect(refused).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--out: expected the folder') as string,
    });
  });

  itWithPeers('has a card that the hub’s own library reads', async (python) => {
    const code = `import sys; from huggingface_hub import ModelCard; print(ModelCard.load(sys.argv[1]).data.to_dict()["pipeline_tag"])`;
    const child = spawn(python, ['-c', code, inFolder('flowers', 'README.md')]);
    expect((await text(child.stdout)).trim()).toBe('image-classification');
  });

  it('says without a record that nothing is known, and escapes class names', async () => {
    const backbone = await onnxBackbone(path.join(REFERENCES, 'onnx/conv.onnx'), {
      cut: 'features',
      input: 'imagenet',
    });
    const classNames = ['<img src=x onerror=alert(1)>', '| a | b', '**bold**', 'two\n\n# lines', 'plain'];
    await exportClassifier(await drawnClassifier(backbone, { classNames }), { ...toHub, out: inFolder('odd') });
    const card = read('odd', 'README.md');
    expect(card).toContain(
      '&lt;img src=x onerror=alert\\(1\\)&gt;, \\| a \\| b, \\*\\*bold\\*\\*, two \\# lines, plain',
    );
    expect(card).not.toMatch(/\d %/);
    expect(card.match(/the record of the training was not given/g)).toHaveLength(2);
    const { id2label } = JSON.parse(read('odd', 'config.json')) as { id2label: object };
    expect(Object.values(id2label)).toEqual(classNames);
  });

  it('refuses the record of another training', async () => {
    const backbone = await onnxBackbone(path.join(REFERENCES, 'onnx/conv.onnx'), {
      cut: 'features',
      input: 'imagenet',
    });
    const classifier = await drawnClassifier(backbone);
    await expect(exportClassifier(classifier, { ...toHub, out: inFolder('other'), run: trained.run })).rejects.toThrow(
      /expected the record of the training that made this classifier; .* has another backbone/,
    );
    const { backbone: own, head, imageSize, fit } = trained.classifier;
    const classNames = trained.classifier.classNames.map((name) => `${name}s`);
    const renamed = createClassifier({ backbone: own, head, imageSize, fit, classNames });
    await expect(exportClassifier(renamed, { ...toHub, out: inFolder('other'), run: trained.run })).rejects.toThrow(
      /has another class names/,
    );
    expect(existsSync(inFolder('other'))).toBe(false);
  });

  it('writes a file of an older version in the operators that resizing needs', async () => {
    const backbone = await onnxBackbone(path.join(REFERENCES, 'onnx/vit.onnx'), {
      cut: 'last_hidden_state',
      input: { size: 32, preprocess: 'imagenet' },
    });
    const classifier = await drawnClassifier(backbone);
    const { difference } = await exportClassifier(classifier, { ...toHub, out: inFolder('vit') });
    expect(difference).toBeLessThan(1e-5);
    expect(existsSync(inFolder('vit', 'onnx/model.onnx'))).toBe(true);
  });

  it('resizes as each way of resizing says', async () => {
    const backbone = await onnxBackbone(path.join(REFERENCES, 'onnx/conv.onnx'), {
      cut: 'features',
      input: 'imagenet',
    });
    const [{ file }] = await readable(1);
    for (const fit of ['crop', 'squash', 'pad', 'squash-crop'] as const) {
      const cropFraction = fit === 'pad' || fit === 'squash' ? 1 : 0.8;
      const classifier = await drawnClassifier(backbone, { fit: { fit, cropFraction, interpolation: 'bicubic-keys' } });
      await exportClassifier(classifier, { ...toHub, out: inFolder(fit) });
      const session = await ort.InferenceSession.create(inFolder(fit, 'onnx/model.onnx'));
      const { default: sharp } = await import('sharp');
      const { data, info } = await sharp(file).rotate().removeAlpha().raw().toBuffer({ resolveWithObject: true });
      const area = info.width * info.height;
      const pixels = Float32Array.from({ length: 3 * area }, (_, at) => data[(at % area) * 3 + Math.floor(at / area)]);
      const feed = { pixel_values: new ort.Tensor('float32', pixels, [1, 3, info.height, info.width]) };
      const scores = Array.from((await session.run(feed)).logits.data as Float32Array, Math.exp);
      const sum = scores.reduce((a, b) => a + b);
      const [{ ranking }] = await predict(classifier, [file]);
      for (const { className, probability } of ranking)
        expect(Math.abs(scores[classifier.classNames.indexOf(className)] / sum - probability), fit).toBeLessThan(0.05);
    }
  });
});

/** What `predict` says of photos from all over the folder, without those that are damaged on purpose. */
async function readable(most: number): Promise<(Prediction & { readonly file: string })[]> {
  const files: PicturePath[] = [];
  for await (const one of picturePaths([photos])) files.push(one);
  const some = files.filter((_, i) => i % Math.max(1, Math.floor(files.length / most)) === 0).slice(0, most);
  const found: (Prediction & { readonly file: string })[] = [];
  for await (const one of predictFiles(trained.classifier, some)) if ('className' in one) found.push(one);
  return found;
}
