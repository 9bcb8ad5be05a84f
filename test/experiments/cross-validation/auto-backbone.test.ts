import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseArguments } from '../../../src/command/flags/arguments.mjs';
import { COMMANDS } from '../../../src/command/main.mjs';
import { defaultPhotos } from '../../../src/data/default-photos.ts';
import { shapes10 } from '../../../src/data/named/shapes10.ts';
import { subset } from '../../../src/data/subset.ts';
import { autoBackbone } from '../../../src/experiments/cross-validation/auto-backbone.ts';
import { type BackboneTrial, takeBackbone } from '../../../src/experiments/cross-validation/backbone-choice.ts';
import { listRuns } from '../../../src/experiments/runs.ts';
import { trainClassifier } from '../../../src/experiments/train.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'auto-backbone-'));
const quiet = { progress: false, cache: path.join(folder, 'features') };
afterAll(() => rmSync(folder, { recursive: true }));

/** Judged on 200 images, of which the first `wrong` were wrong. */
const trial = (backbone: BackboneTrial['backbone'], wrong: number, imagesPerSecond: number): BackboneTrial => ({
  ...{ backbone, accuracy: 1 - wrong / 200, interval: [0, 1], imagesPerSecond, seconds: 1 },
  right: Uint8Array.from({ length: 200 }, (_, i) => Number(i >= wrong)),
});
const take = (...trials: BackboneTrial[]) => takeBackbone(trials, { otherwise: 'vgg16', basis: 'drawn' });

describe('among compared backbones', () => {
  it('the one that got most images right is taken if the faster ones are shown to be worse', () => {
    const choice = take(trial('vgg19-mini', 60, 500), trial('vgg16', 10, 5));
    expect(choice.backbone).toBe('vgg16');
    expect(choice.why).toBe('vgg16 is taken: it got most images right; the others are shown to be worse');
  });

  it('a faster one is taken if no difference is shown, and so it is said', () => {
    const choice = take(trial('vgg19-mini', 12, 500), trial('vgg16', 10, 5), trial('resnet50', 80, 900));
    expect(choice.backbone).toBe('vgg19-mini');
    expect(choice.why).toMatch(
      /^vgg19-mini is taken, 100 times as fast as vgg16: no difference shown between vgg16 and/,
    );
    expect(take(trial('vgg19-mini', 12, 5), trial('vgg16', 10, 5)).why).toBe(
      'vgg16 is taken: it got most images right; no difference shown from vgg19-mini, and it is the faster',
    );
  });

  it('what was not judged stands below the table with its reason, and cannot be taken', () => {
    const failed: BackboneTrial = { backbone: 'resnet50', seconds: 0.2, missed: 'failed: no weights' };
    const text = String(take(failed, trial('vgg19-mini', 60, 500)));
    expect(text.split('\n')).toEqual([
      '  backbone  accuracy %  95 % interval  seconds  images/s',
      'vgg19-mini        70.0   0.0 to 100.0      1.0       500',
      'resnet50: failed: no weights',
      'vgg19-mini is taken: no other one was judged; drawn',
    ]);
    expect(take(failed)).toMatchObject({
      backbone: 'vgg16',
      why: expect.stringContaining('none was judged') as string,
    });
  });
});

describe('a comparison', () => {
  it('judges every backbone on the same images, and tells one that fails in its row', async () => {
    const images = subset(shapes10().train, { size: 60 });
    const nowhere = path.join(folder, 'nowhere.onnx') as `${string}.onnx`;
    const choice = await autoBackbone(images, { ...quiet, budget: 3600, backbones: [nowhere, 'vgg19-mini'] });
    expect(choice.backbone).toBe('vgg19-mini');
    const [failed, judged] = choice.trials;
    expect(failed.missed).toMatch(/^failed: .*nowhere\.onnx/);
    expect(judged.right).toHaveLength(60);
    expect(judged.accuracy).toBeGreaterThan(0.15); // one of ten by chance
    expect(judged.interval![0]).toBeLessThan(judged.accuracy!);
    expect(judged.imagesPerSecond).toBeGreaterThan(0);
    expect(choice.basis).toContain('60 training images; budget 3600 s');
  });

  it('that is stopped ends, and is not taken for one whose budget ended', async () => {
    const stopped = autoBackbone(shapes10().train, { ...quiet, signal: AbortSignal.abort(new Error('Stop')) });
    await expect(stopped).rejects.toThrow('Stop');
  });

  it('whose budget ends before anything is judged takes the usual backbone, and the run says why', async () => {
    const runs = path.join(folder, 'runs');
    const { compared, run } = await trainClassifier({
      ...{ data: defaultPhotos(), backbone: 'auto', budget: 0.001, train: 20, validation: 0, test: 10, epochs: 1 },
      ...{ ...quiet, runs },
    });
    expect(compared!.backbone).toBe('efficientnet-lite0');
    for (const { missed } of compared!.trials)
      expect(missed).toMatch(/^the budget of 0.001 s ended before it was judged/);
    expect(run.backbone.network).toBe('efficientnet-lite0');
    expect(listRuns({ folder: runs })[0].compared).toEqual(JSON.parse(JSON.stringify(run.compared)));
    expect(run.compared).toMatchObject({ backbone: 'efficientnet-lite0', why: compared!.why });
  });
});

describe('options of one network', () => {
  it('are refused with auto, and a budget without it', async () => {
    const parse = (...args: string[]): unknown => parseArguments(COMMANDS.train, args).values;
    expect(() => parse('--backbone', 'auto', '--cut', 'fc2')).toThrow(
      '--cut: expected none with --backbone auto, since networks differ in it; got --cut fc2. Leave it out, or name the backbone.',
    );
    expect(() => parse('--budget', '5')).toThrow(
      '--budget: expected --backbone auto with it, whose comparison it limits; got none.',
    );
    expect(parse('--backbone', 'auto', '--budget', '5')).toEqual({ backbone: 'auto', budget: 5 });
    await expect(trainClassifier({ data: 'shapes10', budget: 5, ...quiet })).rejects.toThrow(
      'budget: expected backbone auto',
    );
    expect(() => parseArguments(COMMANDS.features, ['--backbone', 'auto'])).toThrow(
      '--backbone: expected one of vgg19',
    );
  });
});
