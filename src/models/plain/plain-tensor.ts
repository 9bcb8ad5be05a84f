/** A layer's weight: its shape, and its values once they are set. Nothing has to be disposed of. */
export class PlainTensor {
  readonly shape: readonly number[];
  readonly size: number;
  /** As of a tensor: values that never change. */
  readonly dataId = {};
  readonly isDisposed = true;
  readonly #values: Float32Array | undefined;

  constructor(shape: readonly number[], values?: Float32Array) {
    this.shape = shape;
    this.size = shape.reduce((a, b) => a * b, 1);
    this.#values = values;
    if (values && values.length !== this.size)
      throw new Error(`weight: expected ${this.size} values for [${shape.join(', ')}]; got ${values.length}.`);
  }

  dataSync(): Float32Array {
    if (!this.#values) throw new Error(`weight [${this.shape.join(', ')}]: expected values; none were set.`);
    return this.#values;
  }
  /** A weight is its own variable. */
  read(): this {
    return this;
  }
}
