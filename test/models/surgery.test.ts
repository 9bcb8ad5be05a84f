import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { splitModel } from '../../src/models/split.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { architectureOf } from '../../src/models/networks/networks.ts';
import { buildNetwork } from '../../src/models/networks/build-network.ts';
import { factsOf } from '../../src/models/facts.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { countParameters } from '../../src/models/summary.ts';
import { cutAt, freeze, withHead, withoutTop } from '../../src/models/surgery.ts';
import { reference } from '../references/read.ts';

// made by Keras: test/references/keras_vgg.py
const { summaries, parameters } = reference<{ summaries: Record<string, string>; parameters: Record<string, number> }>(
  'vgg19-tiny.json',
);
let vgg19: tf.LayersModel;

beforeAll(async () => {
  await useTensorFlow();
  vgg19 = buildNetwork(tf, 'vgg19', architectureOf('vgg19'), { zero: true });
});

const summaryOf = (model: tf.LayersModel): string => {
  const lines: string[] = [];
  model.summary(undefined, undefined, (line) => lines.push(String(line)));
  return lines.join('\n');
};

describe('parameter counts', () => {
  it("are Keras' for VGG19 and VGG16", () => {
    expect(vgg19.countParams()).toBe(143_667_240);
    expect(parameters.vgg19).toBe(143_667_240);
    const vgg16 = buildNetwork(tf, 'vgg16', architectureOf('vgg16'), { zero: true });
    expect(vgg16.countParams()).toBe(138_357_544);
    expect(parameters.vgg16).toBe(138_357_544);
    expect(buildNetwork(tf, 'vgg16', architectureOf('vgg16'), { zero: true, top: false }).countParams()).toBe(
      14_714_688,
    );
    expect(buildNetwork(tf, 'vgg19', architectureOf('vgg19'), { zero: true, top: false }).countParams()).toBe(
      20_024_384,
    );
    vgg16.dispose();
  });

  it('of the classic case: 40,970 train, the rest is frozen', () => {
    const model = withHead(freeze(withoutTop(vgg19)), { classes: 10, dropout: 0.5 });
    expect(countParameters(model)).toEqual({ total: 139_611_210, trainable: 40_970 });
  });
});

describe('summary', () => {
  it('prints as Keras does', () => {
    freeze(vgg19);
    expect(summaryOf(vgg19)).toBe(summaries.vgg19.trimEnd());
    const model = withHead(freeze(withoutTop(vgg19)), { classes: 10, dropout: 0.5 });
    expect(summaryOf(model)).toBe(summaries.vgg19_classifier.trimEnd());
  });
});

describe('surgery', () => {
  it('cuts at a named layer, and names the layers when it does not know one', async () => {
    expect(cutAt(vgg19, 'block5_pool').outputs[0].shape).toEqual([null, 7, 7, 512]);
    expect(() => cutAt(vgg19, 'fc3')).toThrow(
      /cut: expected one of block1_conv1, .*, fc1, fc2, predictions; got "fc3"/,
    );
    const noTop = await loadNetwork('vgg19-mini', { top: false });
    expect(() => cutAt(noTop, 'fc2')).toThrow(/got "fc2"\. vgg19_mini without its top ends at "block5_pool"/);
  });

  it('puts the averages of several layers side by side', () => {
    const several = cutAt(vgg19, 'block3_pool-block5_pool-fc1');
    expect(several.outputs[0].shape).toEqual([null, 256 + 512 + 4096]);
    const { backbone, cut } = splitModel(withHead(freeze(several), { classes: 10 }));
    expect([cut, backbone.outputShape]).toEqual(['block3_pool-block5_pool-fc1', [4864]]);
    expect(backbone.cut).toBe(cut);
    expect(backbone.id).toBe(
      splitModel(withHead(cutAt(vgg19, ['block3_pool', 'block5_pool', 'fc1']), { classes: 2 })).backbone.id,
    );
    expect(() => cutAt(vgg19, ['block3_pool', 'block6_pool'])).toThrow(/cut: expected one of .*; got "block6_pool"/);
    expect(() => cutAt(vgg19, 'fc1-fc1')).toThrow('cut: expected different layers; got "fc1-fc1".');
    expect(() => cutAt(vgg19, [])).toThrow('cut: expected different layers; got "".');
  });

  it('freezes up to a layer', () => {
    const model = freeze(buildNetwork(tf, 'tiny', architectureOf('vgg19-mini')), { upTo: 'block4_pool' });
    expect(model.layers.filter((layer) => layer.trainable).map((layer) => layer.name)[0]).toBe('block5_conv1');
    expect(() => freeze(model, { upTo: 'block6' })).toThrow(/upTo: expected one of block1_conv1, .*; got "block6"/);
  });

  it('refuses class counts and rates that make no sense', async () => {
    const base = freeze(withoutTop(await loadNetwork('vgg19-mini')));
    expect(() => withHead(base, { classes: 1 })).toThrow(/classes: expected a whole number from 2; got 1/);
    expect(() => withHead(base, { classes: 10, dropout: 1 })).toThrow(
      /dropout: expected a number from 0 to below 1; got 1/,
    );
  });

  it('removes the softmax of a model that has one, and nothing of a model loaded without its top', async () => {
    expect(withoutTop(vgg19).layers.at(-1)!.name).toBe('fc2');
    const noTop = await loadNetwork('vgg19-mini', { top: false });
    expect(withoutTop(noTop).layers.at(-1)!.name).toBe('block5_pool');
    expect(withoutTop(withoutTop(vgg19)).layers.at(-1)!.name).toBe('fc2');
  });

  it('gives a classifier the names of its classes', async () => {
    const base = freeze(withoutTop(await loadNetwork('vgg19-mini')));
    const model = withHead(base, { classes: ['ant', 'bee', 'cat'] });
    expect(model.outputs[0].shape).toEqual([null, 3]);
    expect(factsOf(model)).toMatchObject({ classNames: ['ant', 'bee', 'cat'], newLayers: ['dropout', 'dense'] });
    expect(factsOf(splitModel(model).head)).toMatchObject({ classNames: ['ant', 'bee', 'cat'] });
  });

  it('keeps where the weights came from', async () => {
    const model = await loadNetwork('vgg19-mini');
    const { backbone } = splitModel(withHead(freeze(cutAt(model, 'fc1')), { classes: 3 }));
    expect(factsOf(backbone.model)).toMatchObject({
      network: 'vgg19-mini',
      preprocess: 'caffe',
      weights: { bytes: 3_132_195 },
    });
    expect(backbone).toMatchObject({
      network: 'vgg19-mini',
      cut: 'fc1',
      weights: { bytes: 3_132_195 },
      outputShape: [512],
    });
    expect(String(backbone)).toBe('vgg19-mini to fc1, float32');
  });
});

describe('split', () => {
  it('puts the longest frozen and constant run of layers into the backbone', async () => {
    const model = await loadNetwork('vgg19-mini');
    const at = (cut: string, dropout = 0.5) =>
      splitModel(withHead(freeze(cutAt(model, cut)), { classes: 10, dropout }));
    expect(at('fc2').cut).toBe('fc2');
    expect(at('fc2').head.layers.map((layer) => layer.name)).toEqual(['features', 'dropout', 'dense']);
    // Flatten belongs to the head
    expect(at('block5_pool').cut).toBe('block5_pool');
    expect(at('block5_pool', 0).head.layers.map((layer) => layer.name)).toEqual(['features', 'flatten', 'dense']);
    const tuned = withHead(freeze(cutAt(model, 'block5_pool'), { upTo: 'block4_pool' }), { classes: 10 });
    expect(splitModel(tuned).cut).toBe('block4_pool');
  });

  it('says so when nothing is frozen or nothing trains', async () => {
    const model = freeze(await loadNetwork('vgg19-mini'));
    expect(() => splitModel(model)).toThrow(/all 25 layers of "vgg19_mini" are frozen; there is nothing to train/);
    freeze(model, { upTo: 'input_layer' });
    expect(() => splitModel(model)).toThrow(/the first layer of "vgg19_mini", "block1_conv1", trains or is random/);
  });
});
