import * as tf from '@tensorflow/tfjs';

/** [count] float32 in −1..1, as `drawn` of keras_networks.py: the bits of a counter, mixed as in MurmurHash3's finalizer. */
export function drawn(count: number, seed: number): Float32Array {
  const from = Number((BigInt(seed) * 0x9e3779b9n) & 0xffffffffn);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let h = (i + from) >>> 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    values[i] = (h >>> 8) / 2 ** 23 - 1;
  }
  return values;
}

/** Centre and half the width of what batch normalization's weights are drawn from. */
const NORMALIZATION: Readonly<Record<string, readonly [number, number]>> = {
  gamma: [0.75, 0.25],
  beta: [0, 0.1],
  moving_mean: [0, 0.1],
  moving_variance: [1, 0.5],
};

/** Weights as `draw_weights` of keras_networks.py draws them. */
export function drawWeights(model: tf.LayersModel): void {
  let seed = 1;
  for (const layer of model.layers) {
    const kind = layer.getClassName();
    const values = layer.weights.map(({ shape, originalName }) => {
      const size = shape as number[];
      const u = drawn(
        size.reduce((a, b) => a * b, 1),
        seed++,
      );
      const fanIn = size.slice(0, kind === 'DepthwiseConv2D' ? 2 : -1).reduce((a, b) => a * b, 1);
      const [centre, width] = NORMALIZATION[originalName.split('/').at(-1)!] ?? [0, Math.fround(0.05)];
      const [from, by] = size.length > 1 ? [0, Math.fround(Math.sqrt(6 / fanIn))] : [centre, width];
      for (let i = 0; i < u.length; i++) u[i] = from + by * u[i];
      return tf.tensor(u, size);
    });
    layer.setWeights(values);
    tf.dispose(values);
  }
}
