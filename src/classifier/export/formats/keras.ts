import type { LayersBackbone } from '../../../models/backbone.ts';
import { addKerasLayers, type KerasLayer, kerasModel } from '../../../models/keras/keras-model.ts';
import { readKeras } from '../../../models/keras/read-keras.ts';
import { FEATURES, networkFile, PICTURES } from '../../../onnx/file/network-file.ts';
import type { NewFolder } from '../../../storage/files/new-folder.ts';
import { writeKerasArchive } from '../../../storage/weights/keras-archive.ts';
import { headLayers } from '../../../training/steps/head-layers.ts';
import type { Classifier } from '../../classifier.ts';
import { CHECKED } from '../check.ts';
import type { Format } from '../format.ts';
import { kerasLines, kerasReadme } from './keras-lines.ts';
import { backboneOfLayers, checkAgainstLayers } from '../graph/of-layers.ts';
import { preprocessingWeights } from '../graph/preprocessing-weights.ts';
import { runOnnx } from '../graph/run-onnx.ts';
import { upscalingOf } from '../upscaling.ts';

const [MODEL, ABOUT] = ['model.keras', 'about.json'];

/**
 * Writes a `.keras` file in float32, of layers that Keras 3 has itself: [n, S, S, 3] RGB 0..255, of the network's own
 * size → probabilities [n, K]. Only the head is trainable in it. What Keras has no word for stands in about.json: names
 * of classes, how pictures are brought to that size.
 */
export const keras: Format = {
  title: 'Keras',
  async write(classifier, folder, description) {
    const backbone = backboneOfLayers(classifier, 'Keras');
    const { size } = backbone.input;
    const { config, weights } = kerasModel('classifier', layersOf(classifier, backbone));
    await writeKerasArchive(folder.file(MODEL), config, weights);
    const upscaling = upscalingOf(classifier);
    const about = { ...description, inputSize: [size, size], ...(upscaling && { upscaling }) };
    folder.write(ABOUT, `${JSON.stringify(about, null, 1)}\n`);
    folder.write('README.md', kerasReadme(description, upscaling));

    const checked = await checkAgainstLayers(classifier, (pixels, size) => answersOf(folder, pixels, size));
    return { ...checked, lines: (at) => kerasLines(at, description, upscaling) };
  },
};

/** Puts input, preprocessing, backbone and head in a row; the temperature goes into the last weights. */
function layersOf({ head, temperature }: Classifier, backbone: LayersBackbone): KerasLayer[] {
  headLayers(head);
  const { size, preprocess } = backbone.input;
  const shape = [size, size, 3];
  const layers: KerasLayer[] = [
    { kind: 'InputLayer', name: 'images', config: { batch_shape: [null, ...shape] }, inputs: [], shape, weights: [] },
    {
      kind: 'Conv2D',
      name: 'preprocess',
      config: { filters: 3, kernel_size: [1, 1], trainable: false },
      inputs: [0],
      shape,
      weights: preprocessingWeights(preprocess),
    },
  ];
  addKerasLayers(layers, backbone.model, { trainable: false });
  addKerasLayers(layers, head, { trainable: true });
  const last = layers.pop()!;
  const weights = last.weights.map(({ shape, values }) => ({
    shape,
    values: values.map((value) => value / temperature),
  }));
  return [...layers, { ...last, weights }];
}

/**
 * Reads what was written, as layers and weights that nothing of the classifier is left of, and asks it. Keras itself
 * needs Python: the tests of Graft ask it. @returns [3, K]
 */
async function answersOf(folder: NewFolder, pixels: Uint8Array, size: number): Promise<Float32Array> {
  const model = await readKeras(folder.file(MODEL));
  const each = pixels.length / CHECKED;
  return runOnnx(networkFile(model), FEATURES, CHECKED, {
    feed: (from, to) => ({
      [PICTURES]: {
        type: 'float32',
        data: Float32Array.from(pixels.subarray(from * each, to * each)),
        dims: [to - from, size, size, 3],
      },
    }),
  });
}
