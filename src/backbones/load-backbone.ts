import type * as tf from '@tensorflow/tfjs';
import { checkOptions } from '../host/option-ranges.ts';
import type { FileBackbone } from '../models/file-backbone.ts';
import { fastSize } from '../models/networks/fast-size.ts';
import { BACKBONE_NAMES } from '../models/networks/known.mjs';
import { loadNetwork } from '../models/networks/network.ts';
import {
  type HubBackboneName,
  isHubBackboneName,
  type KnownFile,
  type KnownFileName,
  type KnownName,
  knownNetwork,
  knownRepository,
  type OwnFile,
} from '../models/networks/networks.ts';
import { defaultNetwork, ownFile } from '../models/networks/published-weights.ts';
import { howToBringBack } from '../home.mjs';
import { shortPath } from '../project.ts';
import { type HubText, isHubName } from '../storage/hub/name.ts';
import { configBeside } from './config-beside.ts';
import { cachedModel } from './hub-model.ts';
import { openOnnxFile } from '../runtime/read-onnx.ts';
import { onnxBackbone, onnxBackboneAlone, type OnnxBackboneOptions, type OnnxInput } from './onnx-backbone.ts';

/** A network by name, an ONNX file, or one that was downloaded from a hub. */
export type BackboneName = KnownName | HubText | `${string}.onnx`;

/**
 * Loads EfficientNet-Lite0 (M. Tan, R. Liu, Google, 2020), trained on ImageNet, which comes with the project: 224×224 →
 * 1,280 features, 3.4 million weights, held as float16. A good first backbone for photos.
 * @throws Error if the file is damaged, saying what brings it back
 * @example
 * const model = withHead(await efficientNetLite0(), { classes: images.train.classNames });
 */
export const efficientNetLite0 = (
  options: Pick<OnnxBackboneOptions, 'cut' | 'pooling'> &
    Pick<OnnxInput, 'interpolation' | 'cropFraction' | 'preprocess'> = {},
): Promise<FileBackbone> => loadFile('efficientnet-lite0', options);

export interface FileOptions extends Pick<OnnxBackboneOptions, 'cut' | 'pooling' | 'cutLayout'>, OnnxInput {}

type FileName = KnownFileName | HubText | `${string}.onnx`;

/** Whether a name stands for an ONNX file. */
const isFileName = (name: string): name is FileName =>
  knownNetwork(name)?.onnx !== undefined || isHubName(name) || /\.onnx$/i.test(name);

/**
 * Loads a backbone from an ONNX file, by its name or path.
 * @throws RangeError listing the known backbones
 */
async function loadFile(
  name: string,
  { cut, pooling, cutLayout, ...input }: FileOptions = {},
  made: Maker = onnxBackbone,
): Promise<FileBackbone> {
  if (!isFileName(name))
    throw new RangeError(
      `backbone: expected one of ${BACKBONE_NAMES.join(', ')}, a file that ends in .onnx, or hf:org/name; got "${name}".`,
    );
  if (isHubBackboneName(name) || isHubName(name)) return loadFromHub(name, { cut, pooling, cutLayout, ...input }, made);
  const { own, onnx } = knownNetwork(name) ?? {};
  if (!own || !onnx) return made(name, { cut, pooling, cutLayout, input });
  return loadOwn(own, onnx, { cut, pooling, cutLayout, ...input }, made);
}

/** Makes the backbone of a file, with TensorFlow.js for its head or without. */
type Maker = typeof onnxBackbone;

/**
 * Loads a backbone from an ONNX file for what needs no TensorFlow.js.
 * @returns undefined if the name is that of a network of layers
 * @throws RangeError listing the known backbones
 */
export const loadFileAlone = async (name: string): Promise<FileBackbone | undefined> =>
  knownNetwork(name) && !isFileName(name) ? undefined : loadFile(name, {}, onnxBackboneAlone);

/** Loads one that comes with the project. */
async function loadOwn(
  file: OwnFile,
  own: KnownFile,
  { cut = own.cut, pooling, cutLayout, ...input }: FileOptions,
  made: Maker,
): Promise<FileBackbone> {
  checkOwn(file);
  const { preprocess = own.input.preprocess, cropFraction = own.input.cropFraction } = input;
  return made(ownFile(file), { cut, pooling, cutLayout, input: { ...input, preprocess, cropFraction } });
}

/** Loads one that was downloaded; what is known of its network is used if nothing else is given or lies beside it. */
async function loadFromHub(
  name: HubBackboneName | HubText,
  { cut, pooling, cutLayout, ...input }: FileOptions,
  made: Maker,
): Promise<FileBackbone> {
  const model = inBackbone(() => cachedModel(name));
  const known = knownRepository(model.repository)?.onnx;
  // pooling belongs to the tensor, and a user's own numbers replace all of the input
  const own = cut === undefined || cut === known?.cut ? known : undefined;
  return made(model.path, {
    cut: cut ?? known?.cut,
    pooling: pooling ?? own?.pooling,
    cutLayout,
    input: input.preprocess === undefined && !configBeside(model.path) ? { ...known?.input, ...given(input) } : input,
  });
}

/** Reports what is wrong with a backbone's name as an error of the option that holds it. */
function inBackbone<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError(`backbone: ${cause.message}`, { cause });
  }
}

const given = (input: OnnxInput): OnnxInput =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));

function checkOwn(own: OwnFile): void {
  const at = ownFile(own);
  const back = howToBringBack(at);
  let found: string;
  try {
    found = openOnnxFile(at).sha256;
  } catch (cause) {
    throw new Error(`${(cause as Error).message} ${back}`, { cause });
  }
  if (found !== own.sha256)
    throw new Error(`${shortPath(at)} is damaged: expected SHA-256 ${own.sha256}; got ${found}. ${back}`);
}

export interface BackboneOptions extends FileOptions {
  /** Takes a smaller input if one was measured to lose little ({@link fastSize}). @default false */
  readonly fast?: boolean;
}

/**
 * Loads a backbone by name, or from an ONNX file; for a network of layers, its frozen layers.
 * @param options `cut`, `size`, `fast`, and for an ONNX file what {@link onnxBackbone} takes
 * @throws RangeError naming the option that only an ONNX file has, or that the network does not take
 * @example
 * const backbone = await loadBackbone('vgg19-mini');
 */
export async function loadBackbone(
  name: BackboneName,
  { fast, ...options }: BackboneOptions = {},
): Promise<tf.LayersModel | FileBackbone> {
  checkOptions('loadBackbone', { size: options.size, cropFraction: options.cropFraction });
  const small = fast ? fastSize(name, options.cut) : undefined;
  if (small && options.size !== undefined)
    throw new RangeError(`fast: expected no input size with it; got ${options.size}.`);
  if (isFileName(name)) return loadFile(name, options);
  for (const option of ['pooling', 'layout', 'cutLayout'] as const)
    if (options[option] !== undefined)
      throw new RangeError(`${option}: expected none for ${name}, a network of layers; got ${options[option]}.`);
  const whole = await loadNetwork(name, { inputSize: small?.inputSize ?? options.size });
  // what works on ONNX files alone, or only reads pictures, loads no TensorFlow.js
  const { cutAt, defaultCut, freeze } = await import('../models/surgery.ts');
  return freeze(cutAt(whole, options.cut ?? defaultCut(whole)));
}

/** Pictures whose sides are all at most this many pixels are not photos. */
const SMALL = 64;

/**
 * Names the backbone that is taken if none is named: for photos EfficientNet-Lite0; for pictures as small as
 * CIFAR-10's, VGG19 if its weights are found, else VGG16.
 * @example
 * const name = defaultBackbone(images.train);
 */
export const defaultBackbone = ({ imageSize }: { readonly imageSize: readonly [number, number] }): BackboneName =>
  Math.max(...imageSize) > SMALL ? 'efficientnet-lite0' : defaultNetwork();
