/** The cost of a step at one size. */
export interface Point {
  readonly size: number;
  readonly cost: number;
}

/** How a cost grows with a size. */
export interface Growth {
  /** The exponent: 1 is linear, 2 is quadratic, 0 does not grow. */
  readonly slope: number;
  /** The part of the step's cost that is the same at any size, in the cost's unit. */
  readonly startUp: number;
  /** The smallest and the largest size that the slope was taken from. */
  readonly from: number;
  readonly to: number;
  /** Whether the growing part outweighs the start-up anywhere; if not, the slope says little. */
  readonly grows: boolean;
}

/** Measured slopes scatter, as caches grow too small: a step above this one is said to be worse than linear. */
export const WORSE = 1.2;

/**
 * Separates a constant start-up from the cost, then fits a line to the logarithms of size and cost. The start-up is
 * that of cost = start-up + rate · size, by least squares of relative errors. It would flatten the slope, so it is
 * taken off first. Sizes whose cost is less than twice the start-up are left out: too little would remain of them.
 * @param points at least two sizes, costs above 0
 */
export function growthOf(points: readonly Point[]): Growth {
  const startUp = startUpOf(points);
  const grown = points.filter(({ cost }) => cost >= 2 * startUp);
  const grows = grown.length > 1;
  const used = grows ? grown.map(({ size, cost }) => ({ size, cost: cost - startUp })) : points;
  const sizes = used.map(({ size }) => size);
  return { slope: logSlope(used), startUp, from: Math.min(...sizes), to: Math.max(...sizes), grows };
}

export const isWorse = ({ slope, grows }: Growth): boolean => grows && slope > WORSE;

/** Fits the slope of the line through the logarithms, by least squares. */
export function logSlope(points: readonly Point[]): number {
  const mean = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0) / of.length;
  const [xs, ys] = [points.map(({ size }) => Math.log(size)), points.map(({ cost }) => Math.log(cost))];
  const [x, y] = [mean(xs), mean(ys)];
  return mean(xs.map((one, i) => (one - x) * (ys[i] - y))) / mean(xs.map((one) => (one - x) ** 2));
}

/** Finds `a` by least squares of (a + b · size) / cost − 1; never below 0. */
function startUpOf(points: readonly Point[]): number {
  let [aa, ab, bb, a1, b1] = [0, 0, 0, 0, 0];
  for (const { size, cost } of points) {
    const [u, v] = [1 / cost, size / cost];
    [aa, ab, bb, a1, b1] = [aa + u * u, ab + u * v, bb + v * v, a1 + u, b1 + v];
  }
  return Math.max(0, (a1 * bb - b1 * ab) / (aa * bb - ab * ab));
}
