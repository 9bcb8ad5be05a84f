/**
 * Lists layers as Keras and TensorFlow.js do: the farthest from the output first, and equally far ones as they are met
 * on the way back from it (keras/src/ops/function.py, `map_graph`; tfjs-layers/src/engine/container.ts). Ids of
 * backbones, and where Keras' files have a layer's weights, follow from it.
 * @param outputs the layers that give a model's outputs
 * @param before gives the layers that a layer takes its inputs from
 */
export function layerOrder<T>(outputs: readonly T[], before: (layer: T) => readonly T[]): T[] {
  const met = new Map<T, number>();
  const done: T[] = [];
  const visit = (layer: T): void => {
    if (met.has(layer)) return;
    met.set(layer, met.size);
    before(layer).forEach(visit);
    done.push(layer);
  };
  outputs.forEach(visit);
  const depths = new Map<T, number>();
  for (const layer of done.toReversed()) {
    const depth = depths.get(layer) ?? 0;
    depths.set(layer, depth);
    for (const source of before(layer)) depths.set(source, Math.max(depths.get(source) ?? 0, depth + 1));
  }
  return done.sort((a, b) => depths.get(b)! - depths.get(a)! || met.get(a)! - met.get(b)!);
}
