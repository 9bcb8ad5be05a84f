import { describe, expect, it } from 'vitest';
import { chooseNotSure } from '../../src/page/not-sure.ts';

/** n answers of one probability, of which some are right. */
const answers = (...groups: readonly (readonly [n: number, right: number, probability: number])[]) => ({
  confidence: Float32Array.from(groups.flatMap(([n, , probability]) => Array.from({ length: n }, () => probability))),
  right: Uint8Array.from(groups.flatMap(([n, right]) => Array.from({ length: n }, (_, i) => Number(i < right)))),
});

describe('the threshold for "not sure"', () => {
  it('is the lowest at which 95 % of the answers are right', () => {
    const { threshold, why } = chooseNotSure(answers([20, 20, 0.97], [10, 9, 0.72], [10, 4, 0.57]));
    expect(threshold).toBe(0.6);
    expect(why).toBe(
      'Below a probability of 60 % it says “not sure”: so of 40 validation pictures 75 % were answered and 97 % of those answers right.',
    );
  });

  it('is none if nothing has to be held back, or if too few pictures say so', () => {
    expect(chooseNotSure(answers([30, 29, 0.5]))).toMatchObject({ threshold: 0 });
    expect(chooseNotSure(answers([19, 3, 0.5])).why).toContain('19 validation pictures are too few');
  });

  it('is as high as something is answered if answers are seldom right', () => {
    expect(chooseNotSure(answers([40, 10, 0.92])).threshold).toBe(0.9);
  });
});
