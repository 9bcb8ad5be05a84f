import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { checkOptions } from '../../host/option-ranges.ts';
import { md5Of } from '../../storage/downloads/checksum.ts';
import { commandLine, howToBringBack } from '../../home.mjs';
import { dataFolder, shortPath } from '../../project.ts';
import { buildNetwork, isAveraged, topInputs } from './build-network.ts';
import {
  type Architecture,
  architectureOf,
  checkNetworkName,
  knownNetwork,
  NETWORK_NAMES,
  type NetworkName,
} from './networks.ts';
import { type LayerLibrary, tensorFlowLayers } from '../layer-library.ts';
import { type ModelFacts, noteFacts } from '../facts.ts';
import { expectedMd5, findWeights, isEmbedded, weightsVariable } from './published-weights.ts';
import { openWeights, type Weights } from '../../storage/weights/weights-file.ts';
import { assignWeights } from '../weights.ts';

export interface NetworkOptions {
  /** A Keras HDF5 file; `null` for random weights. @default the file that `findWeights` finds */
  readonly weights?: string | null;
  /**
   * Whether `predictions` is included, for VGG also `flatten`, `fc1` and `fc2`. @default what the weights hold; for
   * VGG, only at its own size
   */
  readonly top?: boolean;
  /** Height and width in pixels, a multiple of 32; for VGG only without the top. @default the network's own */
  readonly inputSize?: number;
}

/**
 * Loads VGG19: 143,667,240 parameters with its top, 20,024,384 without.
 * @example
 * const base = freeze(withoutTop(await vgg19()));
 */
export const vgg19 = (options: NetworkOptions = {}): Promise<tf.LayersModel> => loadNetwork('vgg19', options);
/**
 * Loads VGG16: 138,357,544 parameters with its top, 14,714,688 without.
 * @example
 * const base = freeze(withoutTop(await vgg16()));
 */
export const vgg16 = (options: NetworkOptions = {}): Promise<tf.LayersModel> => loadNetwork('vgg16', options);
/**
 * Loads ResNet50: 25,636,712 parameters with its top, 23,587,712 without; 2,048 features at `avg_pool`.
 * @example
 * const base = freeze(withoutTop(await resnet50()));
 */
export const resnet50 = (options: NetworkOptions = {}): Promise<tf.LayersModel> => loadNetwork('resnet50', options);
/**
 * Loads MobileNetV2: 3,538,984 parameters with its top, 2,257,984 without; 1,280 features at
 * `global_average_pooling2d`.
 * @example
 * const base = freeze(withoutTop(await mobileNetV2({ inputSize: 160 })));
 */
export const mobileNetV2 = (options: NetworkOptions = {}): Promise<tf.LayersModel> =>
  loadNetwork('mobilenet_v2', options);
/**
 * Loads Graft's own narrow VGG19, which comes with the project.
 * @example
 * const base = freeze(withoutTop(await vgg19Mini()));
 */
export const vgg19Mini = (options: NetworkOptions = {}): Promise<tf.LayersModel> => loadNetwork('vgg19-mini', options);

/**
 * Loads a network with its weights, as a `tf.LayersModel` with Keras' layer names.
 * @param name a network of the table (known.mjs) that is built of layers
 * @returns input [n, S, S, 3] float32, already preprocessed as `factsOf(model).preprocess` says; the model belongs
 *   to the caller
 * @throws Error before any computing if the weights are missing, damaged or another network's
 * @example
 * const network = await loadNetwork('vgg19-mini');
 */
export async function loadNetwork(name: NetworkName, options: NetworkOptions = {}): Promise<tf.LayersModel> {
  return loadNetworkWith(tensorFlowLayers, name, options);
}

/**
 * Loads a network with layers of one library or the other.
 * @param library loads the library, once the name and the options are known to be right
 */
export async function loadNetworkWith(
  library: () => LayerLibrary | Promise<LayerLibrary>,
  name: NetworkName,
  options: NetworkOptions = {},
): Promise<tf.LayersModel> {
  checkNetworkName(name);
  checkOptions('loadNetwork', { inputSize: options.inputSize });
  const architecture = architectureOf(name);
  const facts = (weights: ModelFacts['weights']): ModelFacts => ({
    network: name,
    preprocess: architecture.preprocess,
    interpolation: 'bicubic',
    ...(architecture.cropFraction && { cropFraction: architecture.cropFraction }),
    weights,
  });
  const file = options.weights === undefined ? findWeights(name) : (options.weights ?? undefined);
  const layers = await library();
  if (!file) {
    if (options.weights === undefined) throw missingWeights(name);
    const top = options.top ?? takesTop(architecture, options);
    return noteFacts(buildNetwork(layers, name, architecture, { top, inputSize: options.inputSize }), facts(null));
  }
  await verifyWeights(name, file);
  const weights = await openWeights(file);
  try {
    const classes = classesIn(weights, architecture);
    const top = options.top ?? (takesTop(architecture, options) && classes !== undefined);
    const own = { ...architecture, classes: classes ?? architecture.classes };
    const model = buildNetwork(layers, name, own, { top, inputSize: options.inputSize, zero: true });
    try {
      assignWeights(layers, weights, model, name);
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
 * Gives the number of classes that a file's last fully connected layer tells apart: the network's own, or others that
 * it was trained on later.
 * @returns undefined if that layer takes other inputs than the network's top does: then it is the user's own head
 */
function classesIn({ layers }: Weights, architecture: Architecture): number | undefined {
  const kernels = [...layers.values()].map(([kernel]) => kernel.shape).filter(({ length }) => length === 2);
  const [takes, classes] = layers.get('predictions')?.[0].shape ?? kernels.at(-1) ?? [];
  return takes === topInputs(architecture) ? classes : undefined;
}

/** Whether a network can have its top at the size asked for. */
const takesTop = (architecture: Architecture, { inputSize = architecture.inputSize }: NetworkOptions): boolean =>
  inputSize === architecture.inputSize || isAveraged(architecture);

/**
 * Checks a file of weights against its MD5, if that is known.
 * @throws Error with the expected and the found checksum, and how to get the right file back
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
    ? `${howToBringBack(file)}${knownNetwork(name).keras ? ` \`${commandLine('download', name)}\` fetches the full one.` : ''}`
    : `Move it away and run \`${commandLine('download', name)}\`.`;
  const what = found
    ? `is damaged or another file: expected MD5 ${expected}; got ${found}`
    : `is missing (MD5 ${expected})`;
  throw new Error(`${shortPath(file)} ${what}. ${back}`);
}

function missingWeights(name: NetworkName): Error {
  const atHand = NETWORK_NAMES.filter((one) => knownNetwork(one).own);
  return new Error(
    `The weights of ${name} were not found: expected ${weightsVariable(name)} to name a Keras HDF5 file, or ` +
      `${shortPath(path.join(dataFolder(), 'weights'))}/ to hold it. \`${commandLine('download', name)}\` fetches it; ` +
      `without a download there are ${atHand.join(' and ')} (networks: ${NETWORK_NAMES.join(', ')}).`,
  );
}
