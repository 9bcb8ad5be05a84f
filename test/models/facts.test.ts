import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { factsOf, noteFacts } from '../../src/models/facts.ts';

beforeAll(useTensorFlow);

it('a fact that is no longer known is forgotten', () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [1], units: 1 })] });
  noteFacts(model, { network: 'vgg16', trained: { base: 'a', backbone: 'vgg16 to fc2' } });
  noteFacts(model, { classNames: ['cat'], trained: undefined });
  expect(factsOf(model)).toMatchObject({ network: 'vgg16', classNames: ['cat'] });
  expect(factsOf(model)).not.toHaveProperty('trained');
});
