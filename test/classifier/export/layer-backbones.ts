import * as tf from '@tensorflow/tfjs';
import { type Backbone, backboneOf } from '../../../src/models/backbone.ts';
import { noteFacts } from '../../../src/models/facts.ts';
import { buildNetwork } from '../../../src/models/networks/build-network.ts';
import { loadNetwork } from '../../../src/models/networks/network.ts';
import { cutAt } from '../../../src/models/surgery.ts';
import { TINY } from '../../models/tiny-networks.ts';
import { drawWeights } from '../../references/drawn.ts';

/** The small network that comes with the project, to a cut. */
export const mini = async (cut: string, options: object = {}): Promise<Backbone> =>
  backboneOf(cutAt(await loadNetwork('vgg19-mini'), cut), options);

/** A narrow network with drawn weights. */
export function tiny(network: 'resnet50' | 'mobilenet_v2'): Backbone {
  const model = buildNetwork(tf, network, TINY[network], { zero: true, inputSize: 64 });
  drawWeights(model);
  const { preprocess } = TINY[network];
  return backboneOf(cutAt(noteFacts(model, { network, preprocess }), network === 'resnet50' ? 'avg_pool' : 'out_relu'));
}

/** Chains and shortcuts; maps and vectors; every order of channels, and scaling by channel; layers in and out of training. */
export const LAYER_BACKBONES: Readonly<Record<string, () => Backbone | Promise<Backbone>>> = {
  'vgg19-mini to a feature map': () => mini('block5_pool'),
  'vgg19-mini to a vector': () => mini('fc2'),
  'vgg19-mini as torch scales levels': () => mini('block5_pool', { preprocess: 'torch' }),
  resnet50: () => tiny('resnet50'),
  mobilenet_v2: () => tiny('mobilenet_v2'),
};
