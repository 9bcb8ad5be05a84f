import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { checkOptions } from '../host/option-ranges.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { checkInterpolation } from '../pixels/interpolation.ts';
import { normalizationOf } from '../pixels/preprocess.ts';
import { shortPath } from '../project.ts';
import { readLayersFile } from '../storage/weights/layers-file.ts';
import type { BackboneInput } from './backbone.ts';
import { noteFacts } from './facts.ts';
import { releaseWithLayers } from './release.ts';
import { withKerasSummary } from './summary.ts';

/**
 * Loads a layers model of TensorFlow.js, your own or another network, to be cut, frozen and trained like Graft's
 * networks. Its layers are used as they are. ONNX Runtime takes those that `src/onnx/convert.ts` lists; TensorFlow.js
 * takes all.
 * @param file `model.json`; its weights lie beside it
 * @param options.preprocess the kind of input that it was trained on @default 'none': RGB, 0..255
 * @param options.cropFraction share of a photo's shorter side that it is given @default 0.875
 * @param options.interpolation how pictures of other sizes are resized to its own @default 'bicubic'
 * @returns a model [n, S, S, 3] → [n, …], which belongs to the caller
 * @throws Error saying what in the file is not as expected
 * @example
 * const network = await loadLayers('my-network.keras', { preprocess: 'none' });
 */
export async function loadLayers(
  file: string,
  { preprocess = 'none', interpolation = 'bicubic', cropFraction }: Partial<Omit<BackboneInput, 'size'>> = {},
): Promise<tf.LayersModel> {
  checkOptions('loadLayers', { cropFraction });
  checkInterpolation(interpolation);
  normalizationOf(preprocess);
  await useTensorFlow();
  const { topology, specs, data, bytes } = readLayersFile(file);
  const loaded = await parsed(file, topology, specs, data);
  if (loaded.inputs.length !== 1 || loaded.outputs.length !== 1) {
    loaded.dispose();
    throw new Error(
      `${shortPath(file)}: expected a model with one input and one output; it has ${loaded.inputs.length} and ${loaded.outputs.length}.`,
    );
  }
  // a Sequential, too, becomes layers behind an input
  const model = tf.model({ inputs: loaded.inputs, outputs: loaded.outputs, name: loaded.name });
  return noteFacts(releaseWithLayers(withKerasSummary(model)), {
    network: loaded.name,
    preprocess,
    interpolation,
    ...(cropFraction !== undefined && { cropFraction }),
    weights: { file: path.resolve(file), bytes },
  });
}

async function parsed(
  file: string,
  topology: object,
  specs: readonly unknown[],
  weightData: ArrayBuffer,
): Promise<tf.LayersModel> {
  try {
    const weightSpecs = specs as tf.io.WeightsManifestEntry[];
    return await tf.loadLayersModel(tf.io.fromMemory({ modelTopology: topology, weightSpecs, weightData }));
  } catch (cause) {
    // `Unknown layer: X. This may be due to …`
    const [first] = (cause as Error).message.split(/\. |\n/);
    throw new Error(`${shortPath(file)}: TensorFlow.js cannot build this model: ${first}.`, { cause });
  }
}
