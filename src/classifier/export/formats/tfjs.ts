import * as tf from '@tensorflow/tfjs';
import { useTensorFlow } from '../../../host/tensorflow.ts';
import { networkInput } from '../../../pixels/network-input.ts';
import { readBytes } from '../../../storage/files/read-file.ts';
import type { NewFolder } from '../../../storage/files/new-folder.ts';
import { CHECKED } from '../check.ts';
import type { Format } from '../format.ts';
import { backboneOfLayers, checkAgainstLayers } from '../graph/of-layers.ts';
import { tfjsLines } from './tfjs-lines.ts';
import { upscalingOf } from '../upscaling.ts';
import { type SavedModel, wholeModel } from '../graph/whole-model.ts';

const MODEL = 'model.json';
/** Bytes of a file of weights: browsers keep files of this size in their cache, and TensorFlow.js writes them so. */
const SHARD = 4 * 2 ** 20;

/**
 * Writes a layers model of TensorFlow.js in float32: [n, S, S, 3] RGB 0..255, of the network's own size → probabilities
 * [n, K]. Names of classes and how pictures are brought to that size stand in `userDefinedMetadata`.
 */
export const tfjs: Format = {
  title: 'TensorFlow.js',
  async write(classifier, folder, description) {
    const backbone = backboneOfLayers(classifier, 'TensorFlow.js');
    await useTensorFlow();
    const { size } = backbone.input;
    const upscaling = upscalingOf(classifier);
    const metadata = { ...description, inputSize: [size, size], ...(upscaling && { upscaling }) };
    writeModel(folder, await wholeModel(classifier, backbone), metadata);
    const checked = await checkAgainstLayers(classifier, (pixels, size) => answersOf(folder, pixels, size));
    return { ...checked, lines: (at) => tfjsLines(at, description, upscaling) };
  },
};

function writeModel(folder: NewFolder, { topology, specs, weights }: SavedModel, metadata: object): void {
  const count = Math.ceil(weights.length / SHARD);
  const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
  paths.forEach((name, i) => folder.write(name, weights.subarray(i * SHARD, (i + 1) * SHARD)));
  const model = {
    ...{ format: 'layers-model', generatedBy: `TensorFlow.js ${tf.version_layers}`, convertedBy: null },
    ...{ modelTopology: topology, userDefinedMetadata: metadata, weightsManifest: [{ paths, weights: specs }] },
  };
  folder.write(MODEL, JSON.stringify(model));
}

interface ModelJson {
  readonly modelTopology: object;
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: tf.io.WeightsManifestEntry[];
  }[];
}

/** Loads what was written, as TensorFlow.js does, and asks it. @returns [3, K] */
async function answersOf(folder: NewFolder, pixels: Uint8Array, size: number): Promise<Float32Array> {
  const text = Buffer.from(await readBytes(folder.file(MODEL))).toString('utf8');
  const { modelTopology, weightsManifest } = JSON.parse(text) as ModelJson;
  const [{ paths, weights: weightSpecs }] = weightsManifest;
  const parts = await Promise.all(paths.map((name) => readBytes(folder.file(name))));
  const bytes = Uint8Array.from(Buffer.concat(parts));
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData: bytes.buffer }));
  try {
    return tf.tidy(() => {
      const images = networkInput(pixels, [CHECKED, size, size], {
        size,
        interpolation: 'nearest',
        preprocess: 'none',
      });
      return (model.predict(images) as tf.Tensor).dataSync<'float32'>();
    });
  } finally {
    model.dispose();
  }
}
