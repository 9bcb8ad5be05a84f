import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { float16Agreement, fromFloat16, toFloat16 } from '../../src/storage/rows/float16.ts';
import { itWithPeers } from '../peers.ts';

/** What NumPy makes of float32 values, as float16, and of all halves as float32. */
function numpy(python: string, values: Float32Array): { halves: Uint16Array; all: Float32Array } {
  const code =
    "import numpy as np, sys; np.seterr(all='ignore'); a = np.frombuffer(sys.stdin.buffer.read(), '<f4'); " +
    "sys.stdout.buffer.write(a.astype('<f2').tobytes() + np.arange(65536, dtype='<u2').view('<f2').astype('<f4').tobytes())";
  const out = execFileSync(python, ['-c', code], { input: new Uint8Array(values.buffer), maxBuffer: 1 << 26 });
  const bytes = new Uint8Array(out).buffer;
  return { halves: new Uint16Array(bytes, 0, values.length), all: new Float32Array(bytes.slice(2 * values.length)) };
}

describe('float16', () => {
  itWithPeers(
    'equals NumPy’s for values of every kind: ties, carries, subnormal, too large, infinite, not a number',
    (python) => {
      const random = new Float32Array(randomBytes(400_000).buffer.slice(0, 400_000)); // any bits
      const tame = Float32Array.from(
        { length: 100_000 },
        () => 2 ** (Math.random() * 50 - 30) * (Math.random() < 0.5 ? -1 : 1),
      );
      const edges = [
        0,
        -0,
        65504,
        65519.99,
        65520,
        65536,
        2 ** -24,
        2 ** -25,
        1.5 * 2 ** -24,
        3 * 2 ** -25,
        2 ** -14,
        2 ** -14 - 2 ** -25,
        1 + 2 ** -11,
        1 + 3 * 2 ** -11,
        2047.5,
        Infinity,
        -Infinity,
        NaN,
      ];
      const values = Float32Array.from([...random, ...tame, ...edges]);
      const { halves, all } = numpy(python, values);
      const got = toFloat16(values);
      const wrong = [...values.keys()].filter(
        (i) => got[i] !== halves[i] && !(Number.isNaN(values[i]) && (got[i] & 0x7c00) === 0x7c00 && got[i] & 0x3ff),
      );
      expect(wrong.map((i) => values[i])).toEqual([]);
      expect(fromFloat16(Uint16Array.from({ length: 65536 }, (_, i) => i))).toEqual(all);
    },
  );

  it('agrees where values fit, and not where they overflow or vanish', () => {
    const agreement = (values: number[], rows = 1): number =>
      float16Agreement(Float32Array.from(values), toFloat16(Float32Array.from(values)), rows);
    expect(agreement([1, 2.001, 300.7, 0])).toBeGreaterThan(0.999999);
    expect(agreement([1, 2, 3, 1e5], 2)).toBe(0);
    expect(agreement([1e-9, 2e-9])).toBe(0);
    expect(agreement([0, 0])).toBe(1);
  });
});
