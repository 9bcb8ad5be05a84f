import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { buildNetwork } from './build-network.ts';

import { useTensorFlow } from '../host/tensorflow.ts';
import { md5Of } from '../storage/download.ts';
import { ROOT, shortPath } from '../project.ts';
import { type Architecture, ARCHITECTURES, checkNetworkName, NETWORK_NAMES, type NetworkName } from './networks.ts';
import { type ModelFacts, noteFacts } from './facts.ts';
import { expectedMd5, findWeights, isEmbedded } from './published-weights.ts';
import { openWeights } from '../storage/weights-file.ts';
import { assignWeights } from './weights.ts';

export interface NetworkOptions {
  /** A Keras HDF5 file; `null` for random weights. @default what `findWeights` finds */
  readonly weights?: string | null;
  /** With `flatten`, `fc1`, `fc2` and `predictions`. @default what the weights hold, at the network's own size */
  readonly top?: boolean;
  /** Height and width in pixels, a multiple of 32; only without the top. @default the network's own */
  readonly inputSize?: number;
}

/** VGG19: 143,667,240 parameters with its top, 20,024,384 without. */
export const vgg19 = (options: NetworkOptions = {}): Promise<tf.LayersModel> => loadNetwork('vgg19', options);
/** VGG16: 138,357,544 parameters with its top, 14,714,688 without. */
export const vgg16 = (options: NetworkOptions = {}): Promise<tf.LayersModel> => loadNetwork('vgg16', options);
/** Graft's own narrow VGG19, which comes with the project. */
export const vgg19Mini = (options: NetworkOptions = {}): Promise<tf.LayersModel> => loadNetwork('vgg19-mini', options);

/**
 * A VGG network with its weights, as a `tf.LayersModel` with Keras' layer names.
 * @param name `vgg19`, `vgg16` or `vgg19-mini`
 * @returns input [n, S, S, 3] float32, already preprocessed as `factsOf(model).preprocess` says; the model belongs
 *   to the caller
 * @throws Error before any computing where the weights are missing, damaged or another network's
 */
export async function loadNetwork(name: NetworkName, options: NetworkOptions = {}): Promise<tf.LayersModel> {
  checkNetworkName(name);
  const architecture: Architecture = ARCHITECTURES[name];
  const facts = (weights: ModelFacts['weights']): ModelFacts => ({
    network: name,
    preprocess: architecture.preprocess,
    interpolation: 'bicubic',
    ...(architecture.cropFraction && { cropFraction: architecture.cropFraction }),
    weights,
  });
  const file = options.weights === undefined ? findWeights(name) : (options.weights ?? undefined);
  await useTensorFlow(); // tensors made before would move
  if (!file) {
    if (options.weights === undefined) throw missingWeights(name);
    const top = options.top ?? (options.inputSize ?? architecture.inputSize) === architecture.inputSize;
    return noteFacts(buildNetwork(name, architecture, { top, inputSize: options.inputSize }), facts(null));
  }
  await verifyWeights(name, file);
  const weights = await openWeights(file);
  try {
    const ownSize = (options.inputSize ?? architecture.inputSize) === architecture.inputSize;
    const top = options.top ?? (ownSize && weights.layers.has('predictions'));
    const model = buildNetwork(name, architecture, { top, inputSize: options.inputSize, zero: true });
    try {
      assignWeights(weights, model, name);
    } catch (error) {
      model.dispose();
      throw error;
    }
    return noteFacts(model, facts({ file: path.resolve(file), bytes: weights.bytes }));
  } finally {
    weights.close();
  }
}

/**
 * Holds a file of weights to its MD5, where that is known.
 * @throws Error with expected and found checksum, and what brings the right file back
 */
export async function verifyWeights(
  name: NetworkName,
  file: string,
  {
    expected = expectedMd5(file),
    embedded = isEmbedded(file),
  }: { readonly expected?: string; readonly embedded?: boolean } = {},
): Promise<void> {
  const found = expected && (await md5Of(file));
  if (!expected || found === expected) return;
  const back = embedded
    ? `It comes with the project: \`git checkout -- ${path.relative(ROOT, file)}\` brings it back${name === 'vgg16' ? '; `npm run download -- vgg16` fetches the full one' : ''}.`
    : `Delete it and run \`npm run download -- ${name}\`.`;
  const what = found
    ? `is damaged or another file: expected MD5 ${expected}; got ${found}`
    : `is missing (MD5 ${expected})`;
  throw new Error(`${shortPath(file)} ${what}. ${back}`);
}

function missingWeights(name: NetworkName): Error {
  const variable = `${name.toUpperCase().replaceAll('-', '_')}_WEIGHTS`;
  return new Error(
    `The weights of ${name} were not found: expected ${variable} to name a Keras HDF5 file, or ` +
      `${shortPath(path.join('data', 'weights'))}/ to hold it. \`npm run download -- ${name}\` fetches it; ` +
      `without a download there are vgg16 and vgg19-mini (networks: ${NETWORK_NAMES.join(', ')}).`,
  );
}
