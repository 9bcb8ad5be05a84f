/** A layer's weights, as Keras 3 files them. */
export interface KerasLayerWeights {
  /** Its place among the layers of its class: `conv2d_7`. */
  readonly key: string;
  /** The layer's own name. */
  readonly name: string;
  readonly weights: readonly { readonly shape: readonly number[]; readonly values: Float32Array }[];
}

/** How many values are written at once, which bounds the WebAssembly heap; that never shrinks. */
const BLOCK = 4 << 20;

/**
 * Writes weights to a new HDF5 file in the layout of Keras 3's `.weights.h5` (keras/src/saving/saving_lib.py,
 * `_save_container_state`).
 */
export async function writeKerasHdf5(file: string, layers: readonly KerasLayerWeights[]): Promise<void> {
  const { default: h5wasm } = await import('h5wasm/node');
  await h5wasm.ready;
  const h5 = new h5wasm.File(file, 'w');
  try {
    const all = h5.create_group('layers');
    for (const { key, name, weights } of layers) {
      const vars = all.create_group(key).create_group('vars');
      vars.create_attribute('name', name);
      weights.forEach(({ shape, values }, i) => {
        const whole = { name: String(i), shape: [...shape], dtype: '<f4' };
        if (values.length <= BLOCK) {
          vars.create_dataset({ ...whole, data: values });
          return;
        }
        const row = values.length / shape[0];
        const step = Math.max(1, Math.floor(BLOCK / row));
        const rest = shape.slice(1);
        const data = values.subarray(0, step * row);
        const dataset = vars.create_dataset({
          ...whole,
          shape: [step, ...rest],
          maxshape: [...shape],
          chunks: [step, ...rest],
          data,
        });
        dataset.resize([...shape]);
        for (let from = step; from < shape[0]; from += step) {
          const to = Math.min(shape[0], from + step);
          const part = values.subarray(from * row, to * row);
          dataset.write_slice([[from, to], ...rest.map((n): [number, number] => [0, n])], part);
        }
      });
    }
  } finally {
    h5.close();
  }
}
