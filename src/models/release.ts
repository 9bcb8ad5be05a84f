import type * as tf from '@tensorflow/tfjs';

/**
 * Frees a layer's variables once nothing refers to the layer any more. TensorFlow.js keeps every variable until it is
 * disposed of, so a notebook whose cell builds a network anew on every run would keep them all.
 */
const registry = new FinalizationRegistry<readonly tf.Variable[]>((variables) => {
  for (const variable of variables) if (!variable.isDisposed) variable.dispose();
});
const registered = new WeakSet<tf.layers.Layer>();

/** Bytes of new variables after which garbage is collected: V8 sees a layer of 400 MB as some hundred bytes. */
const COLLECT_AFTER = 512 * 2 ** 20;
let grown = 0;

/** Frees the weights of a model's layers once nothing refers to the layers, whatever models they are part of. */
export function releaseWithLayers(model: tf.LayersModel): tf.LayersModel {
  for (const layer of model.layers) {
    if (!layer.weights.length || registered.has(layer)) continue;
    registered.add(layer);
    const variables = layer.weights.map((weight) => weight.read() as tf.Variable);
    grown += variables.reduce((sum, variable) => sum + 4 * variable.size, 0);
    registry.register(layer, variables);
  }
  if (grown > COLLECT_AFTER) {
    grown = 0;
    collectGarbage();
  }
  return model;
}

/** Collects garbage in Node.js; a browser collects when it likes. */
function collectGarbage(): void {
  const { getBuiltinModule: builtin } = (globalThis as { process?: typeof process }).process ?? {};
  if (!builtin) return;
  builtin('node:v8').setFlagsFromString('--expose-gc');
  (builtin('node:vm').runInNewContext('gc') as () => void)();
}
