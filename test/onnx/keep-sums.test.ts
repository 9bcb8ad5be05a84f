import { describe, expect, it } from 'vitest';
import { quantizeWeights } from '../../src/onnx/int8.ts';
import { keepSums } from '../../src/onnx/file/keep-sums.ts';
import { normal, random } from '../../src/random.ts';

const [rows, outputs] = [200, 6];

describe('weights in 8 bits whose sums are kept', () => {
  it('are off by half a step at most in the sum of each channel, and by less than one in each weight', () => {
    const draw = random(3);
    const weights = Float32Array.from({ length: rows * outputs }, () => normal(draw));
    const { values, scales } = quantizeWeights(weights, outputs);
    const sums = (): number[] =>
      Array.from({ length: outputs }, (_, o) => {
        let sum = 0;
        for (let at = o; at < values.length; at += outputs) sum += values[at] - weights[at] / scales[o];
        return Math.abs(sum);
      });
    expect(Math.max(...sums())).toBeGreaterThan(1);
    keepSums(weights, values, scales);
    expect(Math.max(...sums())).toBeLessThanOrEqual(0.5 + 1e-6);
    values.forEach((value, at) => expect(Math.abs(value - weights[at] / scales[at % outputs])).toBeLessThan(1));
    expect(values.every((value) => value >= -127)).toBe(true);
  });

  it('stay as they are if they were whole steps', () => {
    const weights = Float32Array.from({ length: rows * outputs }, (_, at) => ((at * 31) % 255) - 127);
    weights.fill(127, 0, outputs);
    const { values, scales } = quantizeWeights(weights, outputs);
    const before = values.slice();
    keepSums(weights, values, scales);
    expect(values).toEqual(before);
  });
});
