import { onnxBackboneAlone } from '../../../backbones/onnx-backbone.ts';
import { fileBackbone } from '../../../models/file-backbone.ts';
import { IMAGES } from '../../../onnx/file/one-file.ts';
import type { NewFolder } from '../../../storage/files/new-folder.ts';
import { type Classifier, createClassifier } from '../../classifier.ts';
import { HUB_MODEL, IN_HUB_FOLDER } from '../../classifier-folder.ts';
import { writeSaved } from '../../save.ts';
import { placementOf } from '../../../pixels/resize.ts';
import { readBytes } from '../../../storage/files/read-file.ts';
import { CHECKED, checkPictures, compare, predicted } from '../check.ts';
import { asTexts, type Description } from '../description.ts';
import type { Format } from '../format.ts';
import { softmax } from '../../../training/evaluation/plain-scores.ts';
import { headNodes } from '../graph/head-nodes.ts';
import { hubLines } from './hub-lines.ts';
import { modelCard } from './model-card.ts';
import { onnxWithFeatures } from './onnx.ts';
import { RESIZE_OPSET, resizeNodes } from '../graph/resize-nodes.ts';
import { runOnnx } from '../graph/run-onnx.ts';

/** The files that transformers.js looks for: the second one if it is asked for `dtype: 'q8'`, its default in a page. */
const [WHOLE, IN_8_BITS] = [HUB_MODEL, 'onnx/model_quantized.onnx'];
const PIXELS = 'pixel_values';

/**
 * Writes the folder that transformers.js and Hugging Face's hub take. The graph takes a photo of any size, as levels
 * 0..255, and resizes it itself, with antialias, which no processor of transformers.js can: so the processor only turns
 * pictures into numbers, and what it has no word for (BGR, Caffe's means, upscaling) is in the graph as well.
 */
export const hub: Format = {
  title: 'the folder for transformers.js and the hub',
  async write(classifier, folder, description, run) {
    const k = classifier.classNames.length;
    const [float, small] = [false, true].map((in8Bits) =>
      onnxWithFeatures(classifier, {
        in8Bits,
        opset: RESIZE_OPSET,
        inputs: [{ name: PIXELS, type: 'float32', shape: [batchOf(classifier), 3, 'height', 'width'] }],
        outputs: [{ name: 'logits', type: 'float32', shape: [batchOf(classifier), k] }],
        before: (build, images) => resizeNodes(build, PIXELS, images, description),
        behind: (build, features) => headNodes(build, features, classifier, { probabilities: false }),
        metadata: asTexts(description),
      }),
    );
    folder.write(WHOLE, float.file);
    folder.write(IN_8_BITS, small.file);
    for (const [name, content] of Object.entries({
      'config.json': config(classifier),
      'preprocessor_config.json': PROCESSOR,
    }))
      folder.write(name, `${JSON.stringify(content, null, 2)}\n`);

    const { pixels, size, inside } = await uncut(classifier, description);
    // trained in 8 bits, the classifier itself is as far from float32 as this
    const loose = { in8Bits: classifier.backbone.int8 !== undefined };
    const expected = await predicted(classifier, inside, loose);
    const checked = compare(
      await probabilitiesOf(await readBytes(folder.file(WHOLE)), classifier, pixels, size),
      expected,
      loose,
    );
    const rounded = await probabilitiesOf(await readBytes(folder.file(IN_8_BITS)), classifier, pixels, size);
    const { largest } = compare(rounded, expected, { in8Bits: true });
    folder.write('README.md', modelCard(classifier, description, run));
    const square = classifier.imageSize[0] === classifier.imageSize[1];
    if (square) await writeOwn(classifier, folder, float.features);
    return {
      pixels,
      size,
      checked,
      lines: (at) => hubLines(at),
      remarks: [
        square
          ? 'Graft reads it too: graft predict, graft evaluate and loadClassifier take the folder as it is, with nothing else beside it.'
          : 'Graft itself does not read it: its pictures are no squares.',
        `${IN_8_BITS} differs by at most ${largest.toPrecision(2)} on the same pictures.`,
        ...(run
          ? []
          : ['README.md, the model card, has no measurement in it: give the run’s record (--run runs/…/run.json).']),
      ],
    };
  },
};

/**
 * Writes what Graft reads: the graph's part from pictures of the classifier's size to features is the backbone, and the
 * head lies beside it, so that the folder needs no other weights. The names of the pictures that it was trained on stay
 * at home.
 */
async function writeOwn(
  { backbone, head, classNames, imageSize, fit }: Classifier,
  { path, file }: NewFolder,
  features: string,
): Promise<void> {
  const { interpolation, cropFraction, resize } = backbone.input;
  const inside = await onnxBackboneAlone(file(WHOLE), {
    cut: features,
    pooling: 'none',
    ...(backbone.outputShape.length === 3 && { cutLayout: 'NHWC' }),
    input: { entry: IMAGES, size: imageSize[0], preprocess: 'none', interpolation, cropFraction, resize },
  });
  const named = fileBackbone({ ...inside, network: backbone.network });
  const same = createClassifier({ backbone: named, head, classNames, imageSize, fit });
  await writeSaved(same, path, { weights: WHOLE, file: IN_HUB_FOLDER });
}

const batchOf = ({ backbone }: Classifier): string | number => backbone.file?.batch ?? 'batch_size';

/** The processor only decodes: all else is in the graph. */
const PROCESSOR = {
  image_processor_type: 'ViTImageProcessor',
  do_convert_rgb: true,
  do_resize: false,
  do_center_crop: false,
  do_rescale: false,
  do_normalize: false,
};

/** transformers.js takes any graph under a type that it knows, and refuses unknown types. */
const TYPES: readonly (readonly [pattern: RegExp, type: string, architecture: string])[] = [
  [/efficientnet/i, 'efficientnet', 'EfficientNetForImageClassification'],
  [/mobilenet/i, 'mobilenet_v2', 'MobileNetV2ForImageClassification'],
  [/vit|dino|clip|siglip/i, 'vit', 'ViTForImageClassification'],
  [/(?:)/, 'resnet', 'ResNetForImageClassification'],
];

function config({ classNames, backbone }: Classifier): object {
  const [, type, architecture] = TYPES.find(([pattern]) => pattern.test(backbone.network))!;
  return {
    architectures: [architecture],
    model_type: type,
    num_labels: classNames.length,
    id2label: Object.fromEntries(classNames.map((name, i) => [i, name])),
    label2id: Object.fromEntries(classNames.map((name, i) => [name, i])),
  };
}

/**
 * Draws pictures that the graph does not scale, so that they can be compared: of the size that it scales to, whose
 * middle is what a classifier sees.
 */
async function uncut(
  { imageSize }: Classifier,
  { resizing: { fit, cropFraction } }: Description,
): Promise<{ readonly pixels: Uint8Array; readonly size: readonly [number, number]; readonly inside: Uint8Array }> {
  const [height, width] = imageSize;
  const side =
    height === width ? placementOf([height, height], { resize: fit, size: height, cropFraction }).scaled[0] : height;
  if (side === height) {
    const pixels = await checkPictures(imageSize);
    return { pixels, size: imageSize, inside: pixels };
  }
  const pixels = await checkPictures([side, side]);
  const before = Math.floor((side - height) / 2);
  const inside = new Uint8Array(CHECKED * height * width * 3);
  for (let i = 0; i < CHECKED; i++)
    for (let y = 0; y < height; y++) {
      const from = ((i * side + before + y) * side + before) * 3;
      inside.set(pixels.subarray(from, from + width * 3), (i * height + y) * width * 3);
    }
  return { pixels, size: [side, side], inside };
}

async function probabilitiesOf(
  file: Uint8Array,
  { classNames, backbone }: Classifier,
  pixels: Uint8Array,
  [height, width]: readonly [number, number],
): Promise<Float32Array> {
  const each = height * width * 3;
  const logits = await runOnnx(file, 'logits', CHECKED, {
    feed: (from, to) => ({
      [PIXELS]: {
        type: 'float32',
        data: channelsFirst(pixels.subarray(from * each, to * each), height * width),
        dims: [to - from, 3, height, width],
      },
    }),
    batch: backbone.file?.batch,
  });
  return softmax(logits, classNames.length).values;
}

/** [n, P, 3] → [n, 3, P] */
function channelsFirst(pixels: Uint8Array, area: number): Float32Array {
  const out = new Float32Array(pixels.length);
  for (let at = 0; at < pixels.length; at++) {
    const [i, p, c] = [Math.floor(at / (3 * area)), Math.floor(at / 3) % area, at % 3];
    out[(i * 3 + c) * area + p] = pixels[at];
  }
  return out;
}
