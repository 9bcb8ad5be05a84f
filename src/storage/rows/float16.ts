import { roundHalfToEven } from '../../host/round.ts';

/**
 * IEEE 754 half precision, kept as the 16 bits of each number: 11 significant bits, 6e-8 to 65,504. Node.js has a
 * Float16Array only since version 24.
 */

/**
 * Rounds to the nearest half, ties to even, as NumPy's astype('float16') does; numbers that are too large become
 * infinite.
 * @param values float32
 * @returns the same number of halves
 */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i];
    const sign = (b >>> 16) & 0x8000;
    const magnitude = b & 0x7fffffff;
    if (magnitude >= 0x47800000) {
      halves[i] = sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00); // not a number, or too large
    } else if (magnitude >= 0x38800000) {
      // round to 10 bits behind the point; a carry goes into the exponent, up to infinity
      halves[i] = sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
    } else {
      halves[i] = sign | roundHalfToEven(Math.abs(values[i]) * 2 ** 24); // in steps of the smallest half
    }
  }
  return halves;
}

/** @param halves halves from {@link toFloat16} @returns float32, exactly */
export function fromFloat16(halves: Uint16Array, out = new Float32Array(halves.length)): Float32Array {
  for (let i = 0; i < halves.length; i++) out[i] = TABLE[halves[i]];
  return out;
}

const TABLE = Float32Array.from({ length: 65536 }, (_, half) => {
  const [sign, exponent, fraction] = [half & 0x8000 ? -1 : 1, (half >>> 10) & 31, half & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent ? sign * 2 ** (exponent - 25) * (1024 + fraction) : sign * 2 ** -24 * fraction;
});

/** Gives the smallest cosine between a row and its float16 form: 1 if nothing is lost, 0 if it overflows. */
export function float16Agreement(values: Float32Array, halves: Uint16Array, rows: number): number {
  const length = values.length / rows;
  let worst = 1;
  for (let row = 0; row < rows; row++) {
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = row * length; i < (row + 1) * length; i++) {
      const [a, b] = [values[i], TABLE[halves[i]]];
      ab += a * b;
      aa += a * a;
      bb += b * b;
    }
    const cosine = aa === 0 ? 1 : ab / Math.sqrt(aa * bb);
    worst = cosine >= 0 ? Math.min(worst, cosine) : 0; // infinite values give NaN
  }
  return worst;
}
