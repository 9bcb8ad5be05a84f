/**
 * Softmax regression on sparse rows, in AssemblyScript: `node src/setup/build-softmax.mjs` makes wasm.ts of
 * it.
 * A row is `count` pairs of a column's index (u32) and its value (f32). Weights, moments and gradient are [D + 1, V × 4]
 * float32: a row for each column and one for the bias, padded to V vectors of four classes. All pointers are bytes.
 */

/** Keeps the pairs whose bits are at least `limit`, times `scale`. @returns how many there are */
export function drop(pairs: usize, count: i32, bits: usize, limit: i32, scale: f32, out: usize): i32 {
  let kept: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    const pair = pairs + ((<usize>i) << 3);
    const index = load<u32>(pair);
    const place = out + ((<usize>kept) << 3);
    store<u32>(place, index);
    store<f32>(place, load<f32>(pair, 4) * scale, 4);
    // added, not branched on, which would be predicted wrong half of the time
    kept += <i32>(<i32>load<u16>(bits + ((<usize>index) << 1)) >= limit);
  }
  return kept;
}

/**
 * Keeps what is not zero of a dense row, as pairs.
 * @returns how many there are; one pair behind them is written to
 */
export function compress(row: usize, length: i32, out: usize): i32 {
  let kept: i32 = 0;
  for (let column: i32 = 0; column < length; column++) {
    const value = load<f32>(row + ((<usize>column) << 2));
    const place = out + ((<usize>kept) << 3);
    store<u32>(place, column);
    store<f32>(place, value, 4);
    kept += <i32>(value != 0);
  }
  return kept;
}

/** Adds Σ value · weights[index, ·] to the scores of one row: four vectors in a pass, whose sums do not wait for each other. */
export function forward(pairs: usize, count: i32, weights: usize, scores: usize, vectors: i32): void {
  const stride = (<usize>vectors) << 4;
  let v: usize = 0;
  for (; v + 64 <= stride; v += 64) {
    let sum0 = v128.load(scores + v);
    let sum1 = v128.load(scores + v, 16);
    let sum2 = v128.load(scores + v, 32);
    let sum3 = v128.load(scores + v, 48);
    for (let i: i32 = 0; i < count; i++) {
      const pair = pairs + ((<usize>i) << 3);
      const row = weights + <usize>load<u32>(pair) * stride + v;
      const value = v128.load32_splat(pair, 4);
      sum0 = f32x4.add(sum0, f32x4.mul(value, v128.load(row)));
      sum1 = f32x4.add(sum1, f32x4.mul(value, v128.load(row, 16)));
      sum2 = f32x4.add(sum2, f32x4.mul(value, v128.load(row, 32)));
      sum3 = f32x4.add(sum3, f32x4.mul(value, v128.load(row, 48)));
    }
    v128.store(scores + v, sum0);
    v128.store(scores + v, sum1, 16);
    v128.store(scores + v, sum2, 32);
    v128.store(scores + v, sum3, 48);
  }
  if (v + 48 == stride) {
    // ten classes are three vectors
    let sum0 = v128.load(scores + v);
    let sum1 = v128.load(scores + v, 16);
    let sum2 = v128.load(scores + v, 32);
    for (let i: i32 = 0; i < count; i++) {
      const pair = pairs + ((<usize>i) << 3);
      const row = weights + <usize>load<u32>(pair) * stride + v;
      const value = v128.load32_splat(pair, 4);
      sum0 = f32x4.add(sum0, f32x4.mul(value, v128.load(row)));
      sum1 = f32x4.add(sum1, f32x4.mul(value, v128.load(row, 16)));
      sum2 = f32x4.add(sum2, f32x4.mul(value, v128.load(row, 32)));
    }
    v128.store(scores + v, sum0);
    v128.store(scores + v, sum1, 16);
    v128.store(scores + v, sum2, 32);
    return;
  }
  for (; v < stride; v += 16) {
    let sum = v128.load(scores + v);
    for (let i: i32 = 0; i < count; i++) {
      const pair = pairs + ((<usize>i) << 3);
      const row = weights + <usize>load<u32>(pair) * stride;
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(pair, 4), v128.load(row + v)));
    }
    v128.store(scores + v, sum);
  }
}

/** Adds value · scores to gradient[index, ·], for one row. */
export function backward(pairs: usize, count: i32, scores: usize, gradient: usize, vectors: i32): void {
  const stride = (<usize>vectors) << 4;
  for (let i: i32 = 0; i < count; i++) {
    const pair = pairs + ((<usize>i) << 3);
    const value = v128.load32_splat(pair, 4);
    const row = gradient + <usize>load<u32>(pair) * stride;
    for (let v: usize = 0; v < stride; v += 16) {
      v128.store(row + v, f32x4.add(v128.load(row + v), f32x4.mul(value, v128.load(scores + v))));
    }
  }
}

/**
 * Adam as Keras computes it, in one pass over n values (a multiple of four); the gradient is set to zero.
 * @param rate the learning rate times √(1 − β₂ᵗ) / (1 − β₁ᵗ)
 * @param share1 1 − β₁, and 1 − β₂, made in float64: 1 − 0.999 in float32 is 0.0013 % less than a thousandth
 * @param decay times the weight is added to its gradient
 * @param shrink times the weight is taken off it first, which is AdamW's decay
 */
export function adam(
  n: i32,
  weights: usize,
  first: usize,
  second: usize,
  gradient: usize,
  rate: f32,
  share1: f32,
  share2: f32,
  epsilon: f32,
  decay: f32,
  shrink: f32,
): void {
  const zero = f32x4.splat(0);
  for (let i: usize = 0, end = (<usize>n) << 2; i < end; i += 16) {
    const weight = v128.load(weights + i);
    const g = f32x4.add(v128.load(gradient + i), f32x4.mul(f32x4.splat(decay), weight));
    v128.store(gradient + i, zero);
    // m + (g − m)(1 − β), as keras/src/optimizers/adam.py has it
    const m0 = v128.load(first + i);
    const v0 = v128.load(second + i);
    const m = f32x4.add(m0, f32x4.mul(f32x4.sub(g, m0), f32x4.splat(share1)));
    const v = f32x4.add(v0, f32x4.mul(f32x4.sub(f32x4.mul(g, g), v0), f32x4.splat(share2)));
    v128.store(first + i, m);
    v128.store(second + i, v);
    const change = f32x4.div(f32x4.mul(f32x4.splat(rate), m), f32x4.add(f32x4.sqrt(v), f32x4.splat(epsilon)));
    const left = f32x4.sub(weight, f32x4.mul(f32x4.splat(shrink), weight));
    v128.store(weights + i, f32x4.sub(left, change));
  }
}

/** Makes n averages (a multiple of four) of the share `stay` of them and the share `come` of the weights. */
export function average(n: i32, averages: usize, weights: usize, stay: f32, come: f32): void {
  const kept = f32x4.splat(stay);
  const taken = f32x4.splat(come);
  for (let i: usize = 0, end = (<usize>n) << 2; i < end; i += 16) {
    const before = f32x4.mul(kept, v128.load(averages + i));
    v128.store(averages + i, f32x4.add(before, f32x4.mul(taken, v128.load(weights + i))));
  }
}

/** The sum of n squares (a multiple of four). */
export function squares(n: i32, values: usize): f64 {
  let sum = f64x2.splat(0);
  for (let i: usize = 0, end = (<usize>n) << 2; i < end; i += 8) {
    const two = f64x2.promote_low_f32x4(v128.load64_zero(values + i));
    sum = f64x2.add(sum, f64x2.mul(two, two));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
