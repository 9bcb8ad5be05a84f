import { inFloat32 } from '../../../models/backbone.ts';
import { IMAGES, oneFile, type OneFileOptions } from '../../../onnx/file/one-file.ts';
import { joinBytes } from '../../../onnx/file/protobuf.ts';
import { backboneGraph } from '../../../runtime/backbone-graph.ts';
import { readBytes } from '../../../storage/files/read-file.ts';
import type { Classifier } from '../../classifier.ts';
import { CHECKED, checkPictures, compare, predicted } from '../check.ts';
import { asTexts } from '../description.ts';
import type { Format } from '../format.ts';
import { headNodes } from '../graph/head-nodes.ts';
import { onnxLines } from './onnx-lines.ts';
import { runOnnx } from '../graph/run-onnx.ts';

const FILE = 'model.onnx';

/**
 * Writes one ONNX file: `images` uint8 [n, H, W, 3], RGB, brought to the classifier's size → `probabilities` and
 * `logits` [n, K] float32. Names of classes, preprocessing (which the graph does) and resizing stand in its metadata.
 * A classifier that was trained in 8 bits keeps 8-bit weights and computes in float32.
 */
export const onnx: Format = {
  title: 'ONNX',
  async write(classifier, folder, description) {
    const { imageSize, classNames, backbone } = classifier;
    const in8Bits = backbone.int8 !== undefined;
    const n = backbone.file?.batch ?? 'n';
    const k = classNames.length;
    folder.write(
      FILE,
      onnxOf(classifier, {
        in8Bits,
        inputs: [{ name: IMAGES, type: 'uint8', shape: [n, ...imageSize, 3] }],
        outputs: ['probabilities', 'logits'].map((name) => ({ name, type: 'float32', shape: [n, k] })),
        behind: (build, features) => headNodes(build, features, classifier, { probabilities: true }),
        metadata: asTexts(description),
      }),
    );
    const pixels = await checkPictures(imageSize);
    const each = pixels.length / CHECKED;
    const given = await runOnnx(await readBytes(folder.file(FILE)), 'probabilities', CHECKED, {
      feed: (from, to) => ({
        [IMAGES]: { type: 'uint8', data: pixels.slice(from * each, to * each), dims: [to - from, ...imageSize, 3] },
      }),
      batch: backbone.file?.batch,
    });
    const checked = compare(given, await predicted(classifier, pixels, { in8Bits }), { in8Bits });
    return { pixels, size: imageSize, checked, lines: (at) => onnxLines(`${at}/${FILE}`, description) };
  },
};

/**
 * Gives a classifier as one ONNX file.
 * @throws Error naming a layer that ONNX has no counterpart for
 */
export const onnxOf = (classifier: Pictured, options: OneFileOptions): Uint8Array =>
  onnxWithFeatures(classifier, options).file;

/** A backbone with the size of the pictures that it is given. */
type Pictured = Pick<Classifier, 'backbone' | 'imageSize'>;

/** Does the same, and names the tensor that holds the features. */
export function onnxWithFeatures(
  classifier: Pictured,
  options: OneFileOptions,
): { readonly file: Uint8Array; readonly features: string } {
  const parts: Uint8Array[] = [];
  const backbone = inFloat32(classifier.backbone);
  // never in the form for this CPU
  const made = backboneGraph(backbone, classifier.imageSize, (bytes) => parts.push(bytes.slice()), false);
  return oneFile({ ...made, weights: joinBytes(parts) }, options);
}
