import type { Resize } from '../../pixels/resize.ts';
import type { Interpolation } from '../../pixels/interpolation.ts';
import type { Preprocessing, PreprocessingName } from '../../pixels/preprocess.ts';
import type { RemoteFile } from '../../storage/downloads/download.ts';
import type { Pooling } from '../file-backbone.ts';
import { NETWORKS } from './known.mjs';

/** What Graft says about a network that it knows by name: a row of known.mjs. */
export interface KnownNetwork {
  /** What its makers call it. */
  readonly title: string;
  /** The data it was trained on, in words that follow its title. */
  readonly about: string;
  /** The licence of its weights. */
  readonly licence: string;
  /** What the licence asks of those who pass the weights on, if it does not allow that freely; a sentence. */
  readonly passingOn?: string;
  /** Keras' own files of weights. */
  readonly keras?: readonly [top: WeightsFile, noTop: WeightsFile];
  /** A file in `data/weights/` that comes with the project. */
  readonly own?: OwnFile;
  /** A file on Hugging Face's hub. */
  readonly hub?: { readonly repository: string; readonly file: string };
  /** The layers, for a network of layers. */
  readonly layers?: Architecture;
  /** How its ONNX file is used. */
  readonly onnx?: KnownFile;
  /** A smaller input that was measured to lose little. */
  readonly fast?: {
    /** Height and width of that input, in pixels. */
    readonly inputSize: number;
    /** What to expect of it, and where that was measured, in words. */
    readonly measured: string;
  };
}

export interface WeightsFile extends RemoteFile {
  readonly name: string;
}

export interface OwnFile {
  readonly file: string;
  /** One checksum: the MD5 for weights, the SHA-256 for an ONNX file. */
  readonly md5?: string;
  readonly sha256?: string;
  /** Which part of the network the file holds, if not all of it. */
  readonly holds?: string;
}

/** Where to cut a network's ONNX file, and the kind of input it was trained on. */
export interface KnownFile {
  readonly cut: string;
  readonly pooling?: Pooling;
  /** Used for whatever is not given and does not come with a hub's file. */
  readonly input: {
    readonly size?: number;
    readonly preprocess: Preprocessing;
    readonly interpolation?: Interpolation;
    readonly cropFraction: number;
    /** How photos are resized to its size. @default 'crop' */
    readonly resize?: Resize;
  };
}

/** What a network of layers consists of. Layer names are those of Keras' files. */
export type Architecture = VggArchitecture | ResNetArchitecture | MobileNetV2Architecture;

interface Trained {
  /** Units of `predictions`. */
  readonly classes: number;
  /** Height and width that the network was trained on, in pixels. */
  readonly inputSize: number;
  readonly preprocess: PreprocessingName;
  /** Share of a photo's shorter side that it was tested on; the rest is cropped. @default 0.875 */
  readonly cropFraction?: number;
}

/** keras/src/applications/vgg19.py and vgg16.py: five blocks of convolutions, then fully connected layers. */
export interface VggArchitecture extends Trained {
  readonly family: 'vgg';
  /** Convolutions in each of the five blocks. */
  readonly convolutions: readonly number[];
  /** Channels in each block. */
  readonly widths: readonly number[];
  /** Units of `fc1` and `fc2`. */
  readonly units: number;
}

/** keras/src/applications/resnet.py, first version: stacks `conv2` … `conv5` of bottleneck blocks. */
export interface ResNetArchitecture extends Trained {
  readonly family: 'resnet';
  /** Channels of the first convolution. */
  readonly stem: number;
  /** Blocks in each stack. */
  readonly blocks: readonly number[];
  /** Channels inside each stack's blocks; they put out four times as many. */
  readonly widths: readonly number[];
}

/** keras/src/applications/mobilenet_v2.py: inverted residual blocks with linear bottlenecks. */
export interface MobileNetV2Architecture extends Trained {
  readonly family: 'mobilenet-v2';
  /** Channels of the first convolution. */
  readonly stem: number;
  /** Each stage's expansion, channels, blocks, and the first block's stride (Table 2 of the paper). */
  readonly stages: readonly (readonly [expansion: number, channels: number, blocks: number, stride: number])[];
  /** Channels of the last convolution. */
  readonly last: number;
}

type Known = typeof NETWORKS;
type NameWith<Part extends keyof KnownNetwork> = {
  [Name in keyof Known]: Known[Name] extends { readonly [P in Part]: unknown } ? Name : never;
}[keyof Known];
/** The name of a known network. */
export type KnownName = keyof Known;
/** The name of a network of layers. */
export type NetworkName = NameWith<'layers'>;
/** The name of a network from an ONNX file, of the project or of the hub. */
export type KnownFileName = NameWith<'onnx'>;
/** The name of a network of the hub. */
export type HubBackboneName = NameWith<'hub'>;

/** Gives what is known about a network; undefined for any other name. */
export function knownNetwork(name: KnownName): KnownNetwork;
export function knownNetwork(name: string): KnownNetwork | undefined;
export function knownNetwork(name: string): KnownNetwork | undefined {
  return Object.hasOwn(NETWORKS, name) ? NETWORKS[name as KnownName] : undefined;
}

export const NETWORK_NAMES = (Object.keys(NETWORKS) as KnownName[]).filter(isNetworkName);

export function isNetworkName(name: string): name is NetworkName {
  return knownNetwork(name)?.layers !== undefined;
}

export const isHubBackboneName = (name: string): name is HubBackboneName => knownNetwork(name)?.hub !== undefined;

export const architectureOf = (name: NetworkName): Architecture => NETWORKS[name].layers;

/** Gives what is known about a hub's repository. */
export const knownRepository = (repository: string): KnownNetwork | undefined =>
  Object.values<KnownNetwork>(NETWORKS).find(({ hub }) => hub?.repository === repository);

/** Layers that a network has only with its top; without the top it ends before them. */
export const TOP_LAYERS: readonly string[] = ['flatten', 'fc1', 'fc2', 'predictions'];

export function checkNetworkName(name: string): asserts name is NetworkName {
  if (!isNetworkName(name))
    throw new RangeError(`backbone: expected one of ${NETWORK_NAMES.join(', ')}; got "${name}".`);
}
