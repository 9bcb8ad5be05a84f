import { describe, expect, it } from 'vitest';
import { compareRuns, type Difference } from '../../src/experiments/statistics/compare.ts';
import { normal, random } from '../../src/random.ts';

const N = 400;
const TRIALS = 500;
const next = random(26, 'coverage');

/** Of the images, those that are not always right. */
const HARD = 0.15;

/** How likely each image is right: most always are, the others are anybody's guess. */
const difficulty = (): number => (next() < HARD ? next() : 1);
const difficulties = (): number[] => Array.from({ length: N }, difficulty);

/** Runs of a setting; the accuracy that their seeds have differs by a standard deviation of `spread`. */
function runsOf(count: number, images: readonly number[], { spread = 0, loss = 0 }): Uint8Array[] {
  // each setting has some images of its own that it finds hard
  const own = images.map((p) => (next() < 0.02 ? difficulty() : p));
  return Array.from({ length: count }, () => {
    const shift = (spread * normal(next) - loss) / HARD;
    return Uint8Array.from(own, (p) => Number(p === 1 || next() < p + shift));
  });
}

interface Trials {
  readonly runs: readonly [number, number];
  readonly spread?: readonly [number, number];
  /** Of the first, in truth. */
  readonly loss?: number;
}

/** How often something is said of two settings, in many trials. */
async function share(
  { runs: [a, b], spread: [s, t] = [0, 0], loss }: Trials,
  said: (difference: Difference) => boolean,
): Promise<number> {
  let count = 0;
  for (let i = 0; i < TRIALS; i++) {
    // the runner hears of it in between
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    const images = difficulties();
    count += Number(said(compareRuns(runsOf(a, images, { spread: s, loss }), runsOf(b, images, { spread: t }))));
  }
  return count / TRIALS;
}

/** 5 %, and three standard errors of so many trials. */
const MOST = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / TRIALS);
const shown = ({ interval: [low, high] }: Difference): boolean => low > 0 || high < 0;

describe('an interval of 95 % leaves out a difference of 0 in 5 % of trials at most', () => {
  it('for other images alone, of one run each, and is no wider than it need be', async () => {
    const missed = await share({ runs: [1, 1] }, shown);
    expect(missed).toBeLessThan(MOST);
    expect(missed).toBeGreaterThan(0.03);
  });

  for (const count of [2, 3, 5])
    for (const points of [0, 0.5, 1.5])
      it(`for other images and seeds, of ${count} runs each whose seeds spread by ${points} points`, async () => {
        const spread = [points / 100, points / 100] as const;
        expect(await share({ runs: [count, count], spread }, shown)).toBeLessThan(MOST);
      });

  it('where the seeds of one setting spread more, or it was run more often', async () => {
    expect(await share({ runs: [3, 3], spread: [0.015, 0] }, shown)).toBeLessThan(MOST);
    expect(await share({ runs: [5, 2], spread: [0.005, 0.005] }, shown)).toBeLessThan(MOST);
    // what always gives the same has no seeds
    expect(await share({ runs: [3, 1], spread: [0.015, 0] }, shown)).toBeLessThan(MOST);
  });
});

it('a loss of the margin itself is ruled out in 5 % of trials at most', async () => {
  for (const count of [1, 3]) {
    const spread = count > 1 ? ([0.003, 0.003] as const) : undefined;
    expect(await share({ runs: [count, count], spread, loss: 0.0105 }, ({ noWorse }) => noWorse)).toBeLessThan(MOST);
  }
});
