import { expect, it } from 'vitest';
import { features } from '../../src/features/features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { buildHead } from '../../src/models/head.ts';
import { noteFacts } from '../../src/models/facts.ts';
import { random } from '../../src/random.ts';
import { evaluate } from '../../src/training/evaluation/evaluate.ts';
import { fit } from '../../src/training/fit.ts';
import { judge } from '../../src/training/evaluation/judge.ts';

it("judge says what evaluate says, bit for bit, over several batches and at the head's temperature", async () => {
  await useTensorFlow();
  const next = random(1, 'judge');
  const [n, d, k] = [1203, 6, 4];
  const labels = Int32Array.from({ length: n }, (_, i) => i % k);
  const rows = Float32Array.from({ length: n * d }, (_, i) => next() + Number(i % d === labels[Math.floor(i / d)]));
  const of = features(rows, labels);
  const head = buildHead([d], { classes: k, dropout: 0 });
  await fit(head, of, { epochs: 1, progress: false });
  for (const temperature of [undefined, 1.7]) {
    noteFacts(head, { temperature });
    const { accuracy, loss, right } = await evaluate(head, of);
    expect(await judge(head, of)).toEqual({ accuracy, loss, right });
    expect(accuracy.value).toBeGreaterThan(0.3);
  }
});
