import { expect, it } from 'vitest';
import type * as tf from '@tensorflow/tfjs';
import { fastSize } from '../../src/models/networks/fast-size.ts';
import { readResults } from '../../src/results/table.ts';
import { loadBackbone } from '../../src/backbones/load-backbone.ts';

it('of VGG at a convolutional cut is 160, with what was measured', async () => {
  for (const network of ['vgg16', 'vgg19']) {
    const { inputSize, expected } = fastSize(network, 'block5_pool');
    expect(inputSize).toBe(160);
    expect(expected).toContain('+0.5 points (95 % interval −0.6 to 1.6)');
    const records = await readResults();
    const [fast, own] = ['frozen-160', 'frozen-224'].map((row) => (100 * records[row].accuracy).toFixed(1));
    expect(expected).toContain(`${fast} % instead of ${own} %`);
    expect(fastSize(network)).toEqual(fastSize(network, 'block4_pool'));
  }
});

it.each([
  ['resnet50', undefined, 'resnet50'],
  ['efficientnet-lite0', 'features', 'efficientnet-lite0 to features'],
  ['vgg19', 'fc2', 'vgg19 to fc2'],
])('of %s to %s was not measured', (network, cut, named) => {
  expect(() => fastSize(network, cut)).toThrow(
    `fast: expected vgg19 or vgg16 at a convolutional cut, like block5_pool, of which a smaller input was measured; got ${named}.`,
  );
});

it('is what a backbone takes that is loaded with fast', async () => {
  const fast = (await loadBackbone('vgg16', { fast: true })) as tf.LayersModel;
  expect(fast.inputs[0].shape).toEqual([null, 160, 160, 3]);
  expect(fast.outputs[0].shape).toEqual([null, 5, 5, 512]);
  fast.dispose();
  await expect(loadBackbone('vgg16', { fast: true, size: 128 })).rejects.toThrow(
    'fast: expected no input size beside it; got 128.',
  );
  await expect(loadBackbone('vgg19-mini', { fast: true })).rejects.toThrow('got vgg19-mini');
});
