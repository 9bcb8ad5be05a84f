import { layerOrder } from '../layer-order.ts';
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
    this.layers = layerOrder(
      this.outputs.map(({ sourceLayer }) => sourceLayer),
      ({ inboundNodes: [{ inputTensors }] }) => inputTensors.map(({ sourceLayer }) => sourceLayer),
    );
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
