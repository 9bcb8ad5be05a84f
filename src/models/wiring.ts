import type * as tf from '@tensorflow/tfjs';

/** A layer in a model, with its inputs and output there. A layer may serve in several models. */
export interface Wired {
  readonly layer: tf.layers.Layer;
  /** Positions in the wiring that its inputs come from; −1 is the model's input. */
  readonly inputs: readonly number[];
  /** The layer's output in this model. */
  readonly output: tf.SymbolicTensor;
}

/**
 * Gives a model's layers behind its input in an order in which they can run, the last one being the model's output.
 * Layers that follow one another stay in their order.
 * @param model a model with one input and one output
 * @throws Error naming a second input
 */
export function wiringOf(model: tf.LayersModel): Wired[] {
  const wires: Wired[] = [];
  const positions = new Map<number, number>([[model.inputs[0].id, -1]]);
  const positionOf = (output: tf.SymbolicTensor): number => {
    const known = positions.get(output.id);
    if (known !== undefined) return known;
    const { sourceLayer: layer, nodeIndex } = output;
    const { inputTensors } = layer.inboundNodes[nodeIndex];
    if (!inputTensors.length)
      throw new Error(`expected a model with one input; layer "${layer.name}" of "${model.name}" is a second one.`);
    const inputs = inputTensors.map(positionOf);
    positions.set(output.id, wires.length);
    return wires.push({ layer, inputs, output }) - 1;
  };
  positionOf(model.outputs[0]);
  return wires;
}

/** Gives a model's layers as {@link wiringOf} does, with a nested model's layers in its place. */
export function flatWiringOf(model: tf.LayersModel): Wired[] {
  const wires: Wired[] = [];
  const positions: number[] = [];
  for (const { layer, inputs, output } of wiringOf(model)) {
    const from = inputs.map((k) => (k < 0 ? -1 : positions[k]));
    if (!isModel(layer)) {
      positions.push(wires.push({ layer, inputs: from, output }) - 1);
      continue;
    }
    const start = wires.length;
    const inner = flatWiringOf(layer);
    for (const wire of inner) wires.push({ ...wire, inputs: wire.inputs.map((k) => (k < 0 ? from[0] : start + k)) });
    positions.push(inner.length ? wires.length - 1 : from[0]);
  }
  return wires;
}

const isModel = (layer: tf.layers.Layer): layer is tf.LayersModel =>
  Array.isArray((layer as Partial<tf.LayersModel>).layers);

/** A wiring without its model's tensors, to be run on others. */
export type Wiring = readonly Pick<Wired, 'layer' | 'inputs'>[];

/**
 * Gives the positions that everything passes through: every layer of a plain sequence, and the end of a residual block,
 * but not the layers beside its shortcut. Only there a model can be cut in two.
 */
export function bottlenecks(wires: Wiring): number[] {
  const reach = new Array<number>(wires.length + 1).fill(-1); // by position + 1: the last layer that takes it
  wires.forEach(({ inputs }, i) => inputs.forEach((k) => (reach[k + 1] = i)));
  let farthest = reach[0];
  return wires.flatMap((_, i) => {
    const all = farthest <= i;
    farthest = Math.max(farthest, reach[i + 1]);
    return all ? [i] : [];
  });
}

/**
 * Runs a wiring on anything that layers can be applied to.
 * @param x the value at position −1
 * @param apply applies a layer to its inputs
 * @returns the last layer's output
 */
export function runWiring<T>(
  wires: Wiring,
  x: T,
  apply: (layer: tf.layers.Layer, inputs: T[], position: number) => T,
): T {
  const values: T[] = [];
  wires.forEach(({ layer, inputs }, i) =>
    values.push(
      apply(
        layer,
        inputs.map((k) => (k < 0 ? x : values[k])),
        i,
      ),
    ),
  );
  return values.at(-1) ?? x;
}

/** Gives the part of a wiring behind a position that everything passes through, which becomes its input. */
export const behind = (wires: Wiring, position: number): Wiring =>
  wires.slice(position + 1).map(({ layer, inputs }) => ({ layer, inputs: inputs.map((k) => k - position - 1) }));

/** Applies a layer to one input or to several. */
export const applyLayer = <T extends tf.Tensor | tf.SymbolicTensor>(
  layer: tf.layers.Layer,
  inputs: T[],
  options?: Parameters<tf.layers.Layer['apply']>[1],
): T => layer.apply((inputs.length === 1 ? inputs[0] : inputs) as tf.Tensor, options) as T;
