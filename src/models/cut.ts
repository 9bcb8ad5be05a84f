import type * as tf from '@tensorflow/tfjs';
import { inheritFacts } from './facts.ts';
import type { LayerLibrary } from './layer-library.ts';
import { withKerasSummary } from './summary.ts';
import { wiringOf } from './wiring.ts';

/**
 * Cuts a model as `cutAt` does.
 * @param library what its layers were built with
 * @param cut a layer's name, or several, as a list or joined by `-`
 * @returns a model that shares its layers with the given one
 * @throws RangeError naming the model's layers
 */
export function cutWith(library: LayerLibrary, model: tf.LayersModel, cut: string | readonly string[]): tf.LayersModel {
  const cuts = typeof cut === 'string' ? namesIn(cut, model) : cut;
  const outputs = cuts.map((name) => outputOf(model, name));
  const part = library.model({
    inputs: model.inputs,
    outputs: outputs.length === 1 ? outputs[0] : averages(library, cuts, outputs),
    name: model.name,
  });
  return inheritFacts(withKerasSummary(part), model);
}

/** Separates the names of several cuts: TensorFlow.js allows it in a layer's name, and Keras uses it in none. */
const BETWEEN = '-';

function namesIn(cut: string, { layers }: tf.LayersModel): readonly string[] {
  const cuts = cut.split(BETWEEN);
  return cuts.every((one) => layers.some(({ name }) => name === one)) ? cuts : [cut];
}

function outputOf(model: tf.LayersModel, cut: string): tf.SymbolicTensor {
  const choices = model.layers.slice(1).map((layer) => layer.name);
  const layer = model.layers.find(({ name }) => name === cut);
  if (layer && choices.includes(cut)) return outputIn(model, layer);
  const last = choices.at(-1);
  const without = choices.includes('predictions') ? '' : ` ${model.name} without its top ends at "${last}".`;
  throw new RangeError(`cut: expected one of ${choices.join(', ')}; got "${cut}".${without}`);
}

/** Joins the global averages of several layers in one vector; outputs that are vectors already stay as they are. */
function averages(
  { layers }: LayerLibrary,
  cuts: readonly string[],
  outputs: readonly tf.SymbolicTensor[],
): tf.SymbolicTensor {
  if (!cuts.length || new Set(cuts).size < cuts.length)
    throw new RangeError(`cut: expected different layers; got "${cuts.join(BETWEEN)}".`);
  const pooled = outputs.map((output, i) =>
    output.shape.length === 4
      ? (layers.globalAveragePooling2d({ name: `${cuts[i]}_avg` }).apply(output) as tf.SymbolicTensor)
      : output,
  );
  return layers.concatenate({ name: cuts.join(BETWEEN) }).apply(pooled) as tf.SymbolicTensor;
}

/** Gives a layer's output in this model; the layer may also serve in others, with another output there. */
function outputIn(model: tf.LayersModel, layer: tf.layers.Layer): tf.SymbolicTensor {
  return wiringOf(model).find((wire) => wire.layer === layer)?.output ?? (layer.output as tf.SymbolicTensor);
}
