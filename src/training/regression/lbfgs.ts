/** A function's value, and its gradient [D]. */
export type Objective = (x: Float64Array) => Slope | Promise<Slope>;

export interface Slope {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** Where a search stands. */
export interface Standing extends Slope {
  /**
   * Estimates how far above the minimum that is: half the Newton decrement, gᵀ H⁻¹ g / 2 (S. Boyd and L. Vandenberghe,
   * "Convex Optimization", 2004, 9.5.1), with the inverse curvature that the last ten steps show; before, Infinity.
   */
  readonly above: number;
}

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** Whether the minimum was reached. */
  readonly converged: boolean;
}

/** What float32 rounds off a value near 1 or below: a step that falls by less may seem to rise. */
const ROUNDING = 1e-7;
/** After this many steps in a row that come no lower, all that is left is rounding. */
const IDLE = 20;

/** How many pairs of a step and a change of the gradient are remembered. */
const MEMORY = 10;

/** After so many steps it is asked whether to go on. */
const ASKED = 10;

/**
 * Minimizes a smooth function with L-BFGS (D. C. Liu and J. Nocedal, "On the limited memory BFGS method for large scale
 * optimization", 1989) and a line search for the strong Wolfe conditions (Nocedal and Wright, "Numerical Optimization",
 * algorithms 3.5 and 3.6).
 * @param start [D]
 * @param options.reached tells whether a point is the minimum
 * @param options.diagonal [D] roughly the inverse of the curvature in each direction, to begin with @default 1 for each
 * @param options.iterations most iterations @default 200
 * @param options.leave is asked after every tenth step whether the rest of the way is not worth it
 */
export async function minimize(
  objective: Objective,
  start: Float64Array,
  {
    reached,
    diagonal = new Float64Array(start.length).fill(1),
    iterations = 200,
    leave,
  }: {
    readonly reached: (at: Standing) => boolean;
    readonly diagonal?: Float64Array;
    readonly iterations?: number;
    readonly leave?: (at: Float64Array) => Promise<boolean>;
  },
): Promise<Minimum> {
  let x = start;
  let { value, gradient } = await objective(x);
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  let [taken, idle, least] = [0, 0, value];
  for (; ; taken++) {
    const direction = twoLoops(gradient, pairs, diagonal);
    const above = pairs.length < MEMORY ? Infinity : -dot(gradient, direction) / 2;
    const ended = (converged: boolean): Minimum => ({ x, value, iterations: taken, converged });
    if (reached({ value, gradient, above })) return ended(true);
    if (taken >= iterations || idle >= IDLE) return ended(false);
    if (taken && taken % ASKED === 0 && (await leave?.(x))) return ended(false);
    const first = taken === 0 ? Math.min(1, 1 / sumOf(direction)) : 1;
    const next = await lineSearch(objective, { x, value, gradient }, direction, first);
    if (!next) return ended(false); // rounding leaves nothing to gain
    const s = less(next.x, x);
    const y = less(next.gradient, gradient);
    const sy = dot(s, y);
    if (sy > 1e-12 * Math.sqrt(dot(s, s) * dot(y, y))) pairs.push({ s, y, rho: 1 / sy });
    if (pairs.length > MEMORY) pairs.shift();
    idle = next.value < least ? 0 : idle + 1;
    least = Math.min(least, next.value);
    ({ x, value, gradient } = next);
  }
}

/** Gives −H · gradient, with the inverse Hessian that the pairs describe (Nocedal and Wright, algorithm 7.4). */
function twoLoops(
  gradient: Float64Array,
  pairs: readonly { s: Float64Array; y: Float64Array; rho: number }[],
  diagonal: Float64Array,
): Float64Array {
  const q = gradient.slice();
  const alphas: number[] = [];
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, rho } = pairs[i];
    alphas[i] = rho * dot(s, q);
    for (let k = 0; k < q.length; k++) q[k] -= alphas[i] * y[k];
  }
  const last = pairs.at(-1);
  const scale = last ? 1 / (last.rho * dot(last.y, last.y, diagonal)) : 1;
  for (let k = 0; k < q.length; k++) q[k] *= scale * diagonal[k];
  for (let i = 0; i < pairs.length; i++) {
    const { s, y, rho } = pairs[i];
    const beta = alphas[i] - rho * dot(y, q);
    for (let k = 0; k < q.length; k++) q[k] += beta * s[k];
  }
  for (let k = 0; k < q.length; k++) q[k] = -q[k];
  return q;
}

interface Point extends Slope {
  readonly x: Float64Array;
}

/** How far from its ends a new step stays between two others, and how much further it may reach beyond the last one. */
const [INSIDE, BEYOND] = [0.1, 100];

/**
 * Finds a point along the direction that falls enough and has a slope flat enough; undefined if there is none. Each
 * step is where the slopes at two others would meet zero: a step that is a thousandth of what is right takes one more,
 * where doubling takes ten.
 */
async function lineSearch(
  objective: Objective,
  from: Point,
  direction: Float64Array,
  first: number,
): Promise<Point | undefined> {
  const slope = dot(from.gradient, direction);
  let [low, high, atLow] = [0, Infinity, slope];
  let best: Point | undefined;
  for (let step = first, i = 0; i < 30; i++) {
    const x = from.x.slice();
    for (let k = 0; k < x.length; k++) x[k] += step * direction[k];
    const point = { x, ...(await objective(x)) };
    const here = dot(point.gradient, direction);
    const flat = here > atLow ? low + ((step - low) * atLow) / (atLow - here) : Infinity;
    if (!(point.value <= from.value + 1e-4 * step * slope + ROUNDING * Math.max(1, from.value))) high = step;
    else {
      if (!best || point.value < best.value) best = point;
      if (Math.abs(here) <= 0.9 * Math.abs(slope)) return point;
      if (here < 0) [low, atLow] = [step, here];
      else high = step;
    }
    if (high === Infinity) step = Math.min(Math.max(flat, 2 * step), BEYOND * step);
    else if (flat > low && flat < high)
      step = Math.min(Math.max(flat, low + INSIDE * (high - low)), high - INSIDE * (high - low));
    else step = (low + high) / 2;
  }
  return best;
}

// loops, since a step on few images takes most of its time here, and map and reduce take several times as long

/** Sums a · b, or a · diagonal · b; in four parts, which do not wait for each other. */
function dot(a: Float64Array, b: Float64Array, diagonal?: Float64Array): number {
  if (diagonal) {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += a[i] * (diagonal[i] * b[i]);
    return sum;
  }
  let [s0, s1, s2, s3, i] = [0, 0, 0, 0, 0];
  for (; i + 3 < a.length; i += 4) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
    s2 += a[i + 2] * b[i + 2];
    s3 += a[i + 3] * b[i + 3];
  }
  for (; i < a.length; i++) s0 += a[i] * b[i];
  return s0 + s1 + s2 + s3;
}

function less(a: Float64Array, b: Float64Array): Float64Array {
  const out = a.slice();
  for (let i = 0; i < out.length; i++) out[i] -= b[i];
  return out;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.abs(values[i]);
  return sum;
}
