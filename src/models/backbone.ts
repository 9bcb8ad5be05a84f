import type * as tf from '@tensorflow/tfjs';
import type { Resize } from '../pixels/resize.ts';
import { checkInterpolation, type Interpolation } from '../pixels/interpolation.ts';
import { normalizationOf, type Preprocessing } from '../pixels/preprocess.ts';
import { hashOf } from '../storage/files/hash.ts';
import { fileBackbone, type FileBackbone } from './file-backbone.ts';
import { factsOf, type ModelFacts, UNKNOWN } from './facts.ts';
import { fingerprint } from './fingerprint.ts';

/** The frozen part of a network, from pictures to features, with everything that decides its output. */
export type Backbone = LayersBackbone | FileBackbone;

export interface BackboneFacts {
  readonly kind: 'backbone';
  /**
   * Names the function from a picture's bytes to its features: weights, cut, input, precision (SHA-256, hexadecimal).
   */
  readonly id: string;
  /** `vgg19`, or the model's own name. */
  readonly network: string;
  /** The last layer, like `fc2` or `block5_pool`. */
  readonly cut: string;
  readonly weights: ModelFacts['weights'];
  readonly input: BackboneInput;
  /** The shape of one picture's features: [7, 7, 512] or [4096], say. */
  readonly outputShape: readonly number[];
  /** The calibration that it computes with in 8 bits; undefined for float32. */
  readonly int8?: Calibration;
  /** What it computes in, if its sums are bfloat16. */
  readonly bfloat16?: Bfloat16;
  /** Describes the backbone in one line: `vgg16 to block5_pool, int8`. */
  toString(): string;
}

/** A backbone of layers, which may train. */
export interface LayersBackbone extends BackboneFacts {
  /** [n, S, S, 3] float32, preprocessed → [n, …]. */
  readonly model: tf.LayersModel;
  readonly file?: undefined;
}

/** How a picture enters a network. */
export interface BackboneInput {
  /** Height and width, in pixels. */
  readonly size: number;
  /** How pictures of another size are resized. */
  readonly interpolation: Interpolation;
  readonly preprocess: Preprocessing;
  /**
   * Share of a photo's shorter side that the network was tested on. Data sets of photos ask for it. It is not part of
   * the backbone's id, since the crop happens earlier.
   */
  readonly cropFraction?: number;
  /** How photos are resized, if the network's makers do not crop; not part of the id either. @default 'crop' */
  readonly resize?: Resize;
}

/** The largest value of each layer's output over the calibration images, by layer name. */
export type TensorRanges = Readonly<Record<string, number>>;

/** What is known of a backbone in bfloat16: 8 bits of precision in float32's range, which some CPUs multiply faster. */
export interface Bfloat16 {
  /** Mean cosine of its features and float32's on some pictures, 0..1. */
  readonly agreement: number;
}

/** What an 8-bit backbone is based on. */
export interface Calibration {
  readonly ranges: TensorRanges;
  /** Mean cosine of int8 and float32 features on held-out images, 0..1. */
  readonly agreement: number;
  /** How many images the ranges come from, and how many the agreement was measured on. */
  readonly images: readonly [calibrated: number, heldOut: number];
}

/**
 * Makes a backbone of a model: it takes a picture's bytes and knows how to prepare them.
 * @param model [n, S, S, 3] → [n, …], frozen or not, as it is now: weights that change later make another backbone
 * @param options.interpolation @default the one that the network's weights are used with, bicubic
 * @param options.preprocess @default what the network was trained to see; 'none' for a model that Graft did not build
 * @throws RangeError naming the choices
 * @example
 * const { id, outputShape } = backboneOf(base);
 */
export function backboneOf(
  model: tf.LayersModel,
  options?: Partial<Pick<BackboneInput, 'interpolation' | 'preprocess'>>,
): LayersBackbone;
export function backboneOf(
  model: tf.LayersModel | Backbone,
  options?: Partial<Pick<BackboneInput, 'interpolation' | 'preprocess'>>,
): Backbone;
export function backboneOf(
  model: tf.LayersModel | Backbone,
  options: Partial<Pick<BackboneInput, 'interpolation' | 'preprocess'>> = {},
): Backbone {
  if ('kind' in model) {
    const { interpolation = model.input.interpolation, preprocess = model.input.preprocess } = options;
    if (interpolation === model.input.interpolation && preprocess === model.input.preprocess) return model;
    if (model.model) return backboneOf(model.model, { interpolation, preprocess });
    checkInterpolation(interpolation);
    return fileBackbone({ ...model, input: { ...model.input, interpolation, preprocess } });
  }
  const facts = factsOf(model) ?? UNKNOWN;
  const { interpolation = facts.interpolation, preprocess = facts.preprocess } = options;
  checkInterpolation(interpolation);
  normalizationOf(preprocess);
  const shape = model.inputs[0].shape;
  if (model.inputs.length !== 1 || model.outputs.length !== 1)
    throw new Error(
      `backbone: expected a model with one input and one output; "${model.name}" has ${model.inputs.length} and ${model.outputs.length}.`,
    );
  if (shape.length !== 4 || shape[1] === null || shape[1] !== shape[2] || shape[3] !== 3)
    throw new Error(
      `backbone: expected a model that takes square pictures [n, S, S, 3]; "${model.name}" takes [${shape.join(', ')}].`,
    );
  return createBackbone({
    network: facts.network || model.name,
    cut: model.layers.at(-1)!.name,
    weights: facts.weights,
    input: { size: shape[1], interpolation, preprocess, cropFraction: facts.cropFraction },
    model,
  });
}

/**
 * Gives the same backbone in 8 bits.
 * @throws Error for a backbone from an ONNX file
 */
export function withInt8(backbone: Backbone, int8: Calibration): LayersBackbone {
  const { network, cut, weights, input, model } = backbone;
  if (!model) throw new Error(`int8: expected a backbone of layers; ${String(backbone)} is an ONNX file.`);
  return createBackbone({ network, cut, weights, input, model, int8 });
}

/**
 * Gives the same backbone in bfloat16, which only OpenVINO computes in; the way of a picture to the network's input stays
 * in float32.
 */
export function withBfloat16(backbone: Backbone, bfloat16: Bfloat16): Backbone {
  const float = inFloat32(backbone);
  return float.model ? createBackbone({ ...partsOf(float), bfloat16 }) : fileBackbone({ ...float, bfloat16 });
}

const partsOf = ({ network, cut, weights, input, model }: LayersBackbone): Parameters<typeof createBackbone>[0] => ({
  network,
  cut,
  weights,
  input,
  model,
});

/** Says what a backbone computes in: `float32`, `bfloat16`, `int8`; what an ONNX file was made for, in words. */
export const precisionOf = ({ file, int8, bfloat16 }: Pick<Backbone, 'file' | 'int8' | 'bfloat16'>): string =>
  bfloat16 ? 'bfloat16' : (file?.precision ?? (int8 ? 'int8' : 'float32'));

/** Gives the same backbone in float32; an ONNX file keeps the precision that it was made for. */
export function inFloat32(backbone: LayersBackbone): LayersBackbone;
export function inFloat32(backbone: Backbone): Backbone;
export function inFloat32(backbone: Backbone): Backbone {
  if (backbone.file) return backbone.bfloat16 ? fileBackbone({ ...backbone, bfloat16: undefined }) : backbone;
  if (!backbone.int8 && !backbone.bfloat16) return backbone;
  return createBackbone(partsOf(backbone));
}

/** Names the ranges of an 8-bit backbone, in records and saved classifiers. */
export const rangesHash = ({ ranges }: Calibration): string => hashOf(ranges);

/** A graph whose numbers changed gets another version, so that old features are not taken for new ones. */
const VERSION = 2;

function createBackbone(parts: Omit<LayersBackbone, 'kind' | 'id' | 'outputShape' | 'toString'>): LayersBackbone {
  const { network, cut, model, input, int8, bfloat16 } = parts;
  let id: string | undefined;
  const text = (): string => `${network} to ${cut}, ${precisionOf(parts)}${rawText(parts)}`;
  return {
    kind: 'backbone',
    ...parts,
    outputShape: (model.outputs[0].shape as number[]).slice(1),
    get id() {
      const normalization = normalizationOf(input.preprocess);
      return (id ??= hashOf([
        VERSION,
        fingerprint(model),
        input.size,
        input.interpolation,
        normalization,
        int8 ? rangesHash(int8) : bfloat16 ? 'bfloat16' : 'float32',
      ]));
    },
    toString: text,
    [Symbol.for('nodejs.util.inspect.custom')]: text,
  };
}

/** Says that pictures go in as they are, if the network was trained to see them otherwise. */
function rawText({ model, input }: Pick<LayersBackbone, 'model' | 'input'>): string {
  const own = factsOf(model)?.preprocess;
  return own !== undefined && own !== 'none' && input.preprocess === 'none' ? ', raw RGB' : '';
}
