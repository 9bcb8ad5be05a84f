import { ownOf } from '../../host/own.ts';
import { type Config, type Kind, KINDS } from './kinds.ts';
import { PlainTensor } from './plain-tensor.ts';

/** A value between plain layers: what a symbolic tensor is to TensorFlow.js. */
export interface PlainValue {
  readonly id: number;
  /** The shape, with null for the batch. */
  readonly shape: readonly (number | null)[];
  readonly sourceLayer: PlainLayer;
  readonly nodeIndex: 0;
}

let values = 0;

/**
 * A layer that says what it is and keeps its weights, in the words of TensorFlow.js' layers, but computes nothing. It is
 * applied once.
 */
export class PlainLayer {
  readonly name: string;
  trainable = true;
  /** What it is applied to, in the one place where it is. */
  readonly inboundNodes: { readonly inputTensors: readonly PlainValue[] }[] = [];
  weights: readonly PlainTensor[] = [];
  readonly #className: string;
  readonly #kind: Kind;
  readonly #config: Config;
  #output?: PlainValue;

  /** @throws Error naming a setting that plain layers do not know */
  constructor(kind: string, { name, ...given }: Config & { readonly name?: unknown }) {
    this.name = String(name);
    this.#className = kind;
    this.#kind = ownOf(KINDS, kind)!;
    this.#config = this.#kind.config(given);
  }

  getClassName(): string {
    return this.#className;
  }
  /** Gives the settings that decide its numbers, in TensorFlow.js' order, so that ids are the same. */
  getConfig(): Config {
    return this.#config;
  }
  get output(): PlainValue {
    return this.#output!;
  }
  get outputShape(): readonly (number | null)[] {
    return this.output.shape;
  }
  getWeights(): readonly PlainTensor[] {
    return this.weights;
  }
  setWeights(tensors: readonly PlainTensor[]): void {
    const shapes = (all: readonly PlainTensor[]): string => all.map(({ shape }) => `[${shape.join(', ')}]`).join(' ');
    if (shapes(tensors) !== shapes(this.weights))
      throw new Error(`layer "${this.name}": expected weights ${shapes(this.weights)}; got ${shapes(tensors)}.`);
    this.weights = tensors;
  }
  countParams(): number {
    return this.weights.reduce((sum, { size }) => sum + size, 0);
  }
  get trainableWeights(): readonly PlainTensor[] {
    return this.trainable ? this.weights : [];
  }

  apply(to: PlainValue | readonly PlainValue[]): PlainValue {
    if (this.#output) throw new Error(`layer "${this.name}": expected to be applied once.`);
    const inputs = 'id' in to ? [to] : to;
    const kind = this.#kind;
    const shapes = inputs.map(({ shape }) => shape.slice(1) as number[]);
    this.weights = (kind.weights?.(shapes[0], this.#config) ?? []).map((shape) => new PlainTensor(shape));
    this.inboundNodes.push({ inputTensors: inputs });
    const shape = [null, ...kind.shape(shapes, this.#config)];
    return (this.#output = { id: values++, shape, sourceLayer: this, nodeIndex: 0 });
  }
}
