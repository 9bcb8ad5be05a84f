import type { PlainLayer, PlainValue } from './plain-layer.ts';

/** A model of plain layers, in the words of TensorFlow.js' models. */
export class PlainModel {
  readonly plain = true;
  readonly name: string;
  readonly inputs: readonly PlainValue[];
  readonly outputs: readonly PlainValue[];
  readonly layers: readonly PlainLayer[];
  #metadata: object | undefined;

  constructor(of: {
    readonly inputs: PlainValue | readonly PlainValue[];
    readonly outputs: PlainValue | readonly PlainValue[];
    readonly name: string;
  }) {
    const list = (some: PlainValue | readonly PlainValue[]): readonly PlainValue[] => ('id' in some ? [some] : some);
    this.name = of.name;
    this.inputs = list(of.inputs);
    this.outputs = list(of.outputs);
    this.layers = inOrder(this.outputs);
  }

  getLayer(name: string): PlainLayer {
    const found = this.layers.find((layer) => layer.name === name);
    if (!found) throw new Error(`${this.name}: expected a layer named "${name}"; there is none.`);
    return found;
  }
  countParams(): number {
    return this.layers.reduce((sum, layer) => sum + layer.countParams(), 0);
  }
  getUserDefinedMetadata(): object | undefined {
    return this.#metadata;
  }
  setUserDefinedMetadata(metadata: object): void {
    this.#metadata = metadata;
  }
  dispose(): void {
    // nothing is held outside of JavaScript
  }
}

/**
 * Lists layers as TensorFlow.js does, since ids are made in that order: the farthest from the output first, and equally
 * far ones as they are met on the way back from it (tfjs-layers/src/engine/container.ts).
 */
function inOrder(outputs: readonly PlainValue[]): PlainLayer[] {
  const met = new Map<PlainLayer, number>();
  const done: PlainLayer[] = [];
  const visit = (layer: PlainLayer): void => {
    if (met.has(layer)) return;
    met.set(layer, met.size);
    for (const input of layer.inboundNodes[0].inputTensors) visit(input.sourceLayer);
    done.push(layer);
  };
  for (const output of outputs) visit(output.sourceLayer);
  const depths = new Map<PlainLayer, number>();
  for (const layer of done.toReversed()) {
    const depth = depths.get(layer) ?? 0;
    depths.set(layer, depth);
    for (const { sourceLayer } of layer.inboundNodes[0].inputTensors)
      depths.set(sourceLayer, Math.max(depths.get(sourceLayer) ?? 0, depth + 1));
  }
  return done.sort((a, b) => depths.get(b)! - depths.get(a)! || met.get(a)! - met.get(b)!);
}
