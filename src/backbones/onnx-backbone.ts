import path from 'node:path';
import {
  fileBackbone,
  type FileBackbone,
  type FileEnd,
  type Layout,
  LAYOUTS,
  type Pooling,
  POOLINGS,
} from '../models/file-backbone.ts';
import type { Resize } from '../pixels/resize.ts';
import type { Interpolation } from '../pixels/interpolation.ts';
import type { PreprocessingName } from '../pixels/preprocess.ts';
import { shortPath } from '../project.ts';
import { type HubFile, hubFileOf } from '../storage/hub/cache.ts';
import { averagesPositions, layoutMade, patchSide } from '../onnx/trace.ts';
import { openOnnxFile, type OnnxFile } from '../runtime/read-onnx.ts';
import { inputOf } from './onnx-input.ts';
import { probe, type Probed } from './onnx-probe.ts';

/** How a picture enters a network from a file. */
export interface OnnxInput {
  /**
   * What the network was trained to see: one of `imagenet`, `caffe`, `tf`, `clip`, `none`, or numbers:
   * (level · scale − mean) / std.
   */
  readonly preprocess?:
    | PreprocessingName
    | {
        /** The network's order. @default 'RGB' */
        readonly channels?: 'RGB' | 'BGR';
        /** 1 / 255 if mean and std are shares. @default 1 */
        readonly scale?: number;
        readonly mean: readonly number[];
        readonly std: readonly number[];
      };
  /** Height and width in pixels, if the graph takes any size. @default the graph's own */
  readonly size?: number;
  /** How pictures of another size are brought to this one. @default 'bicubic' */
  readonly interpolation?: Interpolation;
  /** Share of a photo's shorter side that data sets of photos keep, above 0 to 1. @default theirs */
  readonly cropFraction?: number;
  /**
   * How data sets of photos bring a photo to the network's square. @default what the file's configuration says, else
   * theirs
   */
  readonly resize?: Resize;
  /** Layout of the picture that the graph takes. @default what the graph says */
  readonly layout?: Layout;
  /**
   * The name of an inner tensor, uint8 [n, H, W, 3], at which pictures enter, for a graph that resizes photos before
   * it, as those of `graft export --to hub` do. @default the graph's input
   */
  readonly entry?: string;
}

export interface OnnxBackboneOptions {
  /** Name of the tensor whose values are the features; `onnxCuts` lists those that make sense. */
  readonly cut?: string;
  /**
   * How a picture enters the network. Without `preprocess`, `processor_config.json`, `preprocessor_config.json`
   * (Hugging Face) or `config.json` (timm) beside the file says it, and anything else given here takes precedence over
   * that; with `preprocess` none of them is read.
   */
  readonly input?: OnnxInput | PreprocessingName;
  /**
   * How a feature map or tokens are pooled. @default for a feature map `avg` if the network itself averages over one,
   * else `none`; for tokens `cls` if there is a class token, else `avg`
   */
  readonly pooling?: Pooling;
  /** Layout of the feature map at the cut, if the graph does not say it. */
  readonly cutLayout?: Layout;
}

/**
 * Makes a backbone of any pretrained network: an ONNX file, cut at one of its tensors. It takes bytes; upscaling and
 * preprocessing are put before the graph, pooling behind it.
 * @param file an ONNX file; weights may lie beside it
 * @returns a backbone for `extractFeatures`, `fit({ backbone, head }, …)` and everything else; its weights never train
 * @throws Error naming the file, what was expected, and what to say
 * @example
 * const backbone = await onnxBackbone('model.onnx', { cut: 'last_hidden_state', pooling: 'cls' });
 */
export async function onnxBackbone(file: string, options: OnnxBackboneOptions = {}): Promise<FileBackbone> {
  const { pooling, cutLayout } = options;
  checkOptions({ pooling, cutLayout });
  const { useTensorFlow } = await import('../host/tensorflow.ts');
  await useTensorFlow(); // tensors of a head made before would move
  return onnxBackboneAlone(file, options);
}

/** Makes the same backbone for a head that needs no TensorFlow.js. */
export async function onnxBackboneAlone(
  file: string,
  { cut, input = {}, pooling, cutLayout }: OnnxBackboneOptions = {},
): Promise<FileBackbone> {
  const opened = openOnnxFile(file);
  if (cut === undefined)
    throw new RangeError(
      `cut: expected the name of a tensor of ${shortPath(file)}; got none. At its end it computes ` +
        `${opened.model.nodes
          .slice(-6)
          .map(({ outputs }) => outputs[0])
          .join(', ')}; onnxCuts(file) lists those that make sense.`,
    );
  const entry = inputOf(opened, cut, typeof input === 'string' ? { preprocess: input } : input);
  const probed = await probe(opened, cut, entry);
  const end = endOf(opened, cut, probed, { pooling, cutLayout, size: entry.input.size });
  const { layout, input: picture } = entry;
  const hub = hubFileOf(file);
  return fileBackbone({
    network: networkName(file, hub),
    cut,
    weights: { file: path.resolve(file), bytes: opened.bytes },
    input: picture,
    outputShape: featureShape(end),
    file: {
      path: path.resolve(file),
      sha256: opened.sha256,
      layout,
      ...(entry.entry !== undefined && { entry: entry.entry }),
      end,
      batch: probed.batch,
      precision: opened.precision(cut),
      ...(hub && { hub }),
    },
  });
}

function checkOptions({ pooling, cutLayout }: Pick<OnnxBackboneOptions, 'pooling' | 'cutLayout'>): void {
  if (pooling !== undefined && !POOLINGS.includes(pooling))
    throw new RangeError(`pooling: expected one of ${POOLINGS.join(', ')}; got "${String(pooling)}".`);
  if (cutLayout !== undefined && !LAYOUTS.includes(cutLayout))
    throw new RangeError(`cutLayout: expected one of ${LAYOUTS.join(', ')}; got "${String(cutLayout)}".`);
}

/** Gives `dinov2-small/model` for a file that is called `model` as all others of a hub are. */
function networkName(file: string, hub: HubFile | undefined): string {
  const name = path.basename(file).replace(/\.onnx$/i, '');
  if (hub) return `${hub.repository}/${name}`;
  if (!/^model([_-]|$)/i.test(name)) return name;
  const folder = path
    .dirname(path.resolve(file))
    .split(path.sep)
    .findLast((one) => one !== 'onnx');
  return folder ? `${folder}/${name}` : name;
}

/** Tells what becomes of the tensor that a graph is cut at. */
function endOf(
  { model, named }: OnnxFile,
  cut: string,
  { shape }: Probed,
  { pooling, cutLayout, size }: Pick<OnnxBackboneOptions, 'pooling' | 'cutLayout'> & { readonly size: number },
): FileEnd {
  const text = `[n, ${shape.join(', ')}]`;
  if (shape.length === 1) {
    if (pooling && pooling !== 'none')
      throw new RangeError(`pooling: expected none for "${cut}" ${text}, which is one vector; got "${pooling}".`);
    return { pooling: 'none', shape, prefix: 0 };
  }
  if (shape.length === 2) {
    const prefix = prefixTokens(model, shape[0], size);
    if (prefix === undefined && pooling === undefined)
      throw new RangeError(
        `pooling: expected avg, max (of all its tokens) or none for "${cut}" ${text}: whether one of its ${shape[0]} tokens is a class token, the graph does not show; got no pooling.`,
      );
    const chosen = pooling ?? (prefix ? 'cls' : 'avg');
    if (chosen === 'cls' && !prefix)
      throw new RangeError(
        `pooling: expected avg, max or none for "${cut}" ${text}, which has no class token; got "cls".`,
      );
    return { pooling: chosen, shape, prefix: prefix ?? 0 };
  }
  if (shape.length !== 3)
    throw new RangeError(
      `cut: expected features [n, D], tokens [n, T, D] or a feature map [n, C, H, W]; "${cut}" of ${named} is ${text}.`,
    );
  if (pooling === 'cls')
    throw new RangeError(`pooling: expected avg, max or none for the feature map "${cut}" ${text}; got "cls".`);
  const made = layoutMade(model, cut);
  if (made && cutLayout && made !== cutLayout)
    throw new RangeError(
      `cutLayout: expected ${made}, which the operators that make "${cut}" have; got "${cutLayout}".`,
    );
  // with one place no layout is needed
  const layout =
    made ?? cutLayout ?? (shape[1] * shape[2] === 1 ? 'NCHW' : shape[0] * shape[1] === 1 ? 'NHWC' : undefined);
  if (!layout)
    throw new RangeError(
      `cutLayout: expected NCHW or NHWC for "${cut}" ${text}; the operators that make it do not say which axis holds the channels.`,
    );
  const averages = model.nodes.some((node) => averagesPositions(model, node));
  const single = !made && !cutLayout;
  return { pooling: pooling ?? (averages || single ? 'avg' : 'none'), shape, layout, prefix: 0 };
}

/** Counts how many of the tokens are not patches; undefined if this cannot be seen. */
function prefixTokens(model: OnnxFile['model'], tokens: number, size: number): number | undefined {
  const side = patchSide(model);
  if (!side) return undefined;
  const prefix = tokens - Math.floor(size / side) ** 2;
  return prefix >= 0 && prefix <= MOST_PREFIX ? prefix : undefined;
}

/** The most tokens that are not patches: a class token, a distillation token, registers. */
const MOST_PREFIX = 16;

function featureShape({ pooling, shape, layout }: FileEnd): readonly number[] {
  if (pooling === 'none') return shape.length === 3 && layout === 'NCHW' ? [shape[1], shape[2], shape[0]] : shape;
  return [shape.length === 3 && layout === 'NCHW' ? shape[0] : shape.at(-1)!];
}
