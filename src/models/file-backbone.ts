import { OPTIONS } from '../options/options.mjs';
import { normalizationOf } from '../pixels/preprocess.ts';
import { hashOf } from '../storage/files/hash.ts';
import type { HubFile } from '../storage/hub/cache.ts';
import type { BackboneFacts } from './backbone.ts';

/** Which axis of a picture or a feature map holds the channels: the second or the last. */
export const LAYOUTS = OPTIONS.layout.choices;
export type Layout = (typeof LAYOUTS)[number];

/**
 * How a picture's features are taken from a feature map or from tokens.
 * - `avg`, `max`: over a feature map's positions, or over a vision transformer's patches (its class token left out)
 * - `cls`: a vision transformer's class token
 * - `none`: everything, unpooled
 */
export const POOLINGS = OPTIONS.pooling.choices;
export type Pooling = (typeof POOLINGS)[number];

/** A backbone from an ONNX file, which cannot be changed. */
export interface FileBackbone extends BackboneFacts {
  readonly model?: undefined;
  readonly file: FileFacts;
  readonly weights: { readonly file: string; readonly bytes: number };
  readonly int8?: undefined;
}

/** What decides an ONNX file's output, beside the input. */
export interface FileFacts {
  readonly path: string;
  /** The hash of the file and of the files beside it that hold its weights (SHA-256, hexadecimal). */
  readonly sha256: string;
  /** The layout of the picture that the graph takes. */
  readonly layout: Layout;
  /**
   * The inner tensor at which pictures enter, uint8 [n, H, W, 3], if the graph resizes photos before it; undefined if
   * they enter at its input.
   */
  readonly entry?: string;
  /** What is done with the tensor that the graph is cut at. */
  readonly end: FileEnd;
  /** How many pictures the graph takes at once; undefined for any number. */
  readonly batch?: number;
  /** The precision that it computes in, in words: `float32`. */
  readonly precision: string;
  /** Where it was downloaded from; not part of the id, since the content is. */
  readonly hub?: HubFile;
}

/** How a picture's features are taken from the tensor that a graph is cut at. */
export interface FileEnd {
  readonly pooling: Pooling;
  /** The tensor's shape for one picture, without the batch: [D], [T, D], [C, H, W] or [H, W, C]. */
  readonly shape: readonly number[];
  /** The layout, if the tensor is a feature map. */
  readonly layout?: Layout;
  /** How many tokens come before those of the patches: the class token, registers. */
  readonly prefix: number;
}

/**
 * Makes a backbone of an ONNX file; `onnxBackbone` finds out the parts.
 * @param parts its facts; the id is the hash of the file, the cut and all that is done to a picture and to the cut's
 *   tensor
 */
export function fileBackbone(
  parts: Pick<FileBackbone, 'network' | 'cut' | 'weights' | 'input' | 'outputShape' | 'file' | 'bfloat16'>,
): FileBackbone {
  const { network, cut, weights, input, outputShape, file, bfloat16 } = parts;
  const { pooling, layout } = file.end;
  const text = (): string =>
    `${network} to ${cut}${pooling === 'none' ? '' : ` (${pooling})`}, ${bfloat16 ? 'bfloat16' : file.precision}`;
  const { size, interpolation } = input;
  const { channels, mean, std } = normalizationOf(input.preprocess);
  // the same numbers, however they were given: 0.485 of 255 or 123.675
  const numbers = [...mean, ...std].map((value) => value.toPrecision(8));
  const picture = [size, interpolation, channels, numbers, ...(file.entry === undefined ? [] : [file.entry])];
  const precision = bfloat16 ? ['bfloat16'] : [];
  return {
    kind: 'backbone',
    id: hashOf([
      ...['file', FILE_VERSION, file.sha256, cut, pooling, layout ?? '', file.end.prefix, file.layout, picture],
      ...precision,
    ]),
    network,
    cut,
    weights,
    input,
    outputShape,
    file,
    ...(bfloat16 && { bfloat16 }),
    toString: text,
    [Symbol.for('nodejs.util.inspect.custom')]: text,
  };
}

/** Raised whenever a graph is put together in another way, so that old features are not taken for new ones. */
const FILE_VERSION = 1;
