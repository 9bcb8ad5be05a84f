import type { Dataset, Group } from 'h5wasm/node';
import { shortPath } from '../../project.ts';
import { storedDataset } from './hdf5-dataset.ts';
import type { Weights } from './weights-file.ts';

/** A layer in a `.weights.h5` file. */
interface Found {
  readonly name: string;
  /** Its class, as Keras writes it: `conv2d`. */
  readonly kind: string;
  /** Its number within its class, in the order of its model's layers. */
  readonly number: number;
  /** Where it is: `functional/conv2d_7`. */
  readonly place: string;
  /** The model that it is in, if that is a model within the model. */
  readonly within: string;
  readonly weights: Weights['layers'] extends ReadonlyMap<string, infer Stored> ? Stored : never;
}

/**
 * Reads the layers of a `.weights.h5` file: groups named after classes, `conv2d_7`, with the layer's own name on their
 * `vars`; a model within the model has its own `layers` (keras/src/saving/saving_lib.py, `_save_container_state`). HDF5
 * lists groups alphabetically, `conv2d_10` before `conv2d_2`: within a class the numbers are the order, between classes
 * the file has none.
 * @param group `layers`
 */
export function readKeras3(group: Group, file: string): Pick<Weights, 'layers' | 'inOrder' | 'byPlace'> {
  const found = foundIn(group, file, '').sort((a, b) => a.number - b.number);
  const within = new Map<string, Set<string>>();
  for (const { kind, within: model } of found) within.set(kind, (within.get(kind) ?? new Set()).add(model));
  const layers = new Map<string, Found['weights']>();
  const inOrder = new Map<string, string>();
  for (const one of found) {
    const name = layers.has(one.name) ? `${one.within}${one.name}` : one.name;
    layers.set(name, one.weights);
    // layers of one class in two models have no common order
    if (within.get(one.kind)!.size === 1) inOrder.set(name, one.kind);
  }
  return { layers, inOrder, byPlace: new Map(found.map(({ place, weights }) => [place, weights])) };
}

function foundIn(group: Group, file: string, within: string): Found[] {
  return group.keys().flatMap((key) => {
    const layer = group.get(key) as Group;
    const inner = layer.get('layers') as Group | null;
    if (inner) return foundIn(inner, file, `${within}${key}/`);
    const vars = layer.get('vars') as Group | null;
    if (!vars?.keys().length) return [];
    // files of the first versions of Keras 3 have no names
    const name = vars.attrs.name?.value ?? key;
    const datasets = vars
      .keys()
      .sort((a, b) => Number(a) - Number(b))
      .map((number) => vars.get(number) as Dataset);
    if (typeof name !== 'string' || !datasets.every((dataset) => dataset?.shape))
      throw new Error(
        `${shortPath(file)}: layer "${String(name)}" has values that cannot be read. The file is damaged.`,
      );
    const [, kind, number = '0'] = /^(.*?)(?:_(\d+))?$/s.exec(key)!;
    const weights = datasets.map((dataset) => storedDataset(dataset, file));
    return [{ name, kind, number: Number(number), place: `${within}${key}`, within, weights }];
  });
}
