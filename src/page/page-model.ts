import { onnxOf } from '../classifier/export/formats/onnx.ts';
import { asTexts, type Description } from '../classifier/export/description.ts';
import { headNodes } from '../classifier/export/graph/head-nodes.ts';
import type { Classifier } from '../classifier/classifier.ts';
import type { Backbone } from '../models/backbone.ts';
import type { Value } from '../onnx/file/format.ts';
import { IMAGES } from '../onnx/file/one-file.ts';
import { EMBEDDING, MAPS, type PageOutput } from './facts.ts';
import { activationMap } from './activation-map.ts';

/** A graph for a page. */
export interface PageModel {
  /** The ONNX file. */
  readonly file: Uint8Array;
  /** What it gives beside `probabilities`. */
  readonly outputs: readonly PageOutput[];
}

/** The most bytes of a page's graph: it is read and unpacked as a whole, on a phone too. */
const MOST_BYTES = 150e6;

/**
 * Makes the graph of a page: `images` uint8 [n, H, W, 3] → `probabilities` [n, K]; `graft/maps`
 * [n, K, h, w], if it can be said where the network looked; `graft/embedding` [n, D], if that is asked for.
 * @param options.rounded whether float weights are rounded: to about 10 bits, or to the 8 that they were trained in
 * @throws Error if the backbone is too large, or naming a layer that ONNX has no counterpart for
 */
export function pageModel(
  classifier: Classifier,
  description: Description,
  { rounded, embedding }: { readonly rounded: boolean; readonly embedding: boolean },
): PageModel {
  const { backbone, imageSize, classNames } = classifier;
  // of float32 in a quarter; known before anything is made
  checkPageBytes(backbone, (backbone.weights?.bytes ?? 0) / (rounded ? 4 : 1));
  const isMap = backbone.outputShape.length === 3;
  const looked = activationMap(classifier);
  const outputs: PageOutput[] = [];
  if (looked) outputs.push(MAPS);
  if (embedding) outputs.push(EMBEDDING);
  const n = backbone.file?.batch ?? 'n';
  const k = classNames.length;
  const float = (name: string, ...shape: (string | number)[]): Value => ({
    name,
    type: 'float32',
    shape: [n, ...shape],
  });
  const file = onnxOf(classifier, {
    in8Bits: rounded,
    finer: backbone.int8 === undefined, // else the 8 bits are what it was trained on
    inputs: [{ name: IMAGES, type: 'uint8', shape: [n, ...imageSize, 3] }],
    outputs: [
      float('probabilities', k),
      float('logits', k),
      ...outputs.map((name) => (name === MAPS ? float(name, k, 'h', 'w') : float(name, 'd'))),
    ],
    behind(build, tensor, nameOf) {
      headNodes(build, tensor, classifier, { probabilities: true });
      const map = isMap ? build.node('Transpose', [tensor], { perm: [0, 3, 1, 2] }) : undefined;
      if (looked) {
        const weights = build.weights('looked', looked.weights, [k, looked.weights.length / k, 1, 1]);
        build.node('Conv', [map ?? nameOf(looked.tensor!)!, weights], {}, MAPS);
      }
      if (embedding)
        build.node('Flatten', [map ? build.node('GlobalAveragePool', [map]) : tensor], { axis: 1 }, EMBEDDING);
    },
    metadata: asTexts(description),
  });
  checkPageBytes(backbone, file.length);
  return { file, outputs };
}

/** @throws Error if a backbone takes more bytes than a page may have */
export function checkPageBytes(backbone: Backbone, bytes: number): void {
  if (bytes <= MOST_BYTES) return;
  throw new Error(
    `page: expected a backbone of at most ${MOST_BYTES / 1e6} MB in a page; ${backbone.network} would take ${Math.round(bytes / 1e6)} MB, ` +
      'and a phone or a mail would not take it. Train on a smaller one, such as efficientnet-lite0, or serve it (docs/serving.md). Nothing was written.',
  );
}
