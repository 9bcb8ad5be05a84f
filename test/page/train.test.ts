import { expect, it } from 'vitest';
import { trainHead } from '../../src/page/browser/train.ts';
import { random } from '../../src/random.ts';

const [D, K, EACH] = [48, 3, 20];

/** Embeddings with zeros among them, of which each class has larger ones in a third of the columns. */
function drawn(seed: number): { readonly rows: Float32Array[]; readonly labels: number[] } {
  const draw = random(seed, 'rows');
  const labels = Array.from({ length: K * EACH }, (_, i) => i % K);
  const rows = labels.map((label) =>
    Float32Array.from({ length: D }, (_, d) => Math.max(0, 2 * draw() - 1 + (d % K === label ? 0.9 : 0))),
  );
  return { rows, labels };
}

const scoresOf = ({ kernel, bias }: ReturnType<typeof trainHead>, row: Float32Array): number[] =>
  Array.from(bias, (b, k) => row.reduce((sum, value, d) => sum + value * kernel[d * K + k], b));

it('a head is trained without Node.js or TensorFlow.js, in the same way for the same seed', () => {
  const { rows, labels } = drawn(1);
  const head = trainHead(rows, labels, { classes: K });
  expect([head.kernel.length, head.bias.length]).toEqual([D * K, K]);
  const others = drawn(2);
  const right = others.rows.filter((row, i) => {
    const scores = scoresOf(head, row);
    return scores.indexOf(Math.max(...scores)) === others.labels[i];
  });
  expect(right.length / others.rows.length).toBeGreaterThan(0.85);
  expect(trainHead(rows, labels, { classes: K }).kernel).toEqual(head.kernel);
  expect(trainHead(rows, labels, { classes: K, seed: 2 }).kernel).not.toEqual(head.kernel);
});
