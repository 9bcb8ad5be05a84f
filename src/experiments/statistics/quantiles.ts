/**
 * Gives the point that a standard normal number exceeds with a given probability (M. J. Wichura, "Algorithm AS 241:
 * The percentage points of the normal distribution", 1988; right to 1e-15).
 * @param tail above 0, up to ½
 */
export function normalQuantile(tail: number): number {
  const q = 0.5 - tail;
  if (q <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE[0], r)) / polynomial(CENTRE[1], r);
  }
  const r = Math.sqrt(-Math.log(tail));
  return r <= 5
    ? polynomial(TAIL[0], r - 1.6) / polynomial(TAIL[1], r - 1.6)
    : polynomial(FAR[0], r - 5) / polynomial(FAR[1], r - 5);
}

/**
 * Gives the point that Student's t exceeds with a given probability.
 * @param tail above 0, up to ½
 * @param freedom degrees of freedom above 0, not necessarily whole
 */
export function studentQuantile(tail: number, freedom: number): number {
  if (freedom > 1e6) return normalQuantile(tail);
  // P(T > t) is half of I_x(ν/2, ½) at x = ν / (ν + t²): found by bisection in log x, since far tails have tiny x
  let [low, high] = [-700, 0];
  while (high - low > 1e-14 * -low) {
    const middle = (low + high) / 2;
    if (incompleteBeta(Math.exp(middle), freedom / 2, 0.5) < 2 * tail) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom * Math.expm1(-low));
}

/**
 * Gives the regularized incomplete beta function I_x(a, b), by its continued fraction (W. H. Press et al., "Numerical
 * Recipes", 6.4).
 */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  let [c, d] = [1, 1 / (1 - ((a + b) * x) / (a + 1))];
  let fraction = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    for (const term of [even, odd]) {
      d = 1 / (1 + term * d);
      c = 1 + term / c;
      fraction *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return front * fraction;
}

/** Gives the logarithm of the gamma function, x > 0 (C. Lanczos, 1964, with P. Godfrey's coefficients). */
function logGamma(x: number): number {
  const sum = LANCZOS.reduce((all, coefficient, i) => all + coefficient / (x + i), 0.99999999999980993);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient);

/** Numerators and denominators, from the highest power down. */
const CENTRE = [
  [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
    133.14166789178438, 3.3871328727963665,
  ],
  [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
    42.31333070160091, 1.0,
  ],
] as const;
const TAIL = [
  [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1.0,
  ],
] as const;
const FAR = [
  [
    2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
    1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  [
    2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
    0.1369298809227358, 0.599832206555888, 1.0,
  ],
] as const;

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
] as const;
