import { beforeAll, describe, expect, it } from 'vitest';
import { crossValidate, type FoldTrainer } from '../../../src/experiments/cross-validation/cross-validate.ts';
import { classifyByNeighbours } from '../../../src/features/neighbours.ts';
import { features, type Features } from '../../../src/features/features.ts';
import { useTensorFlow } from '../../../src/host/tensorflow.ts';
import { random } from '../../../src/random.ts';

beforeAll(useTensorFlow);

const D = 6;
/** Rows around their class' centre; the same content for those that are drawn from the same number. */
function drawn(n: number, K: number, { seed = 1, spread = 0.9 } = {}): Features {
  const next = random(seed, 'drawn');
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const labels = Array.from({ length: n }, (_, i) => i % K);
  const rows = Float32Array.from(
    { length: n * D },
    (_, i) => Number(i % D === labels[Math.floor(i / D)]) + spread * normal(),
  );
  return features(rows, labels, { classNames: Array.from({ length: K }, (_, k) => `class ${k}`), name: 'drawn' });
}
const quiet = { progress: false } as const;
/** The label of the image that is most alike. */
const nearest: FoldTrainer = async (train, test) => {
  const said = await classifyByNeighbours(train, test, { count: 1 });
  const K = train.classNames.length;
  return Float32Array.from({ length: said.length * K }, (_, i) => Number(i % K === said[Math.floor(i / K)]));
};

describe('crossValidate', () => {
  it('judges every image once a repeat by what was not trained on it, the same for the same seed', async () => {
    const seen: number[][] = [];
    const spy: FoldTrainer = async (train, test) => {
      const [own, others] = [await test.rows([...test.labels.keys()]), await train.rows([...train.labels.keys()])];
      const first = (rows: Float32Array, n: number): number[] => Array.from({ length: n }, (_, i) => rows[i * D]);
      const trained = new Set(first(others, train.labels.length));
      expect(first(own, test.labels.length).some((value) => trained.has(value))).toBe(false);
      seen.push(first(own, test.labels.length));
      return Float32Array.from({ length: test.labels.length * 2 }, (_, i) => (i % 2 ? 0.3 : 0.7));
    };
    const data = drawn(50, 2);
    const { folds, evaluation, accuracy } = await crossValidate(data, { ...quiet, repeats: 2, trainer: spy });
    expect(folds.map(({ repeat, fold, n }) => [repeat, fold, n])).toEqual(
      [1, 2].flatMap((repeat) => [1, 2, 3, 4, 5].map((fold) => [repeat, fold, 10])),
    );
    expect([...seen.slice(0, 5).flat()].sort()).toEqual([...seen.slice(5).flat()].sort());
    expect(seen[0]).not.toEqual(seen[5]); // dealt out anew
    expect([accuracy.value, evaluation.accuracy.value]).toEqual([0.5, 0.5]);
    const both = await Promise.all([crossValidate(data, quiet), crossValidate(data, quiet)]);
    expect(both[0].evaluation.probabilities).toEqual(both[1].evaluation.probabilities);
  });

  it('says how right a regression is on images that it has not seen', async () => {
    const fresh = await crossValidate(drawn(300, 3, { spread: 0.6 }), { ...quiet, repeats: 2 });
    expect(fresh.accuracy.value).toBeGreaterThan(0.7);
    expect(fresh.accuracy.interval[0]).toBeLessThan(fresh.accuracy.value);
    expect(fresh.remarks).toEqual([]);
    expect(String(fresh)).toMatch(
      /^accuracy \d\d\.\d % \(95 % interval .* to .*\) in 5 folds, 2 times; 300 images of drawn$/,
    );
    const noise = await crossValidate(drawn(300, 3, { spread: 50 }), quiet);
    expect(noise.accuracy.interval[0]).toBeLessThan(1 / 3);
  });

  it('keeps images that belong together in one fold: by default those that are nearly the same to the network', async () => {
    const { labels, classNames } = drawn(60, 2, { spread: 30 });
    const rows = await drawn(60, 2, { spread: 30 }).rows([...labels.keys()]);
    const twice = (of: ArrayLike<number>): number[] => [...Array.from(of), ...Array.from(of)];
    const planted = features(Float32Array.from(twice(rows)), twice(labels), { classNames, name: 'planted' });
    const leaking = await crossValidate(planted, { ...quiet, trainer: nearest, groups: 'none' });
    const apart = await crossValidate(planted, { ...quiet, trainer: nearest });
    expect(new Set(apart.groups).size).toBe(60);
    expect(apart.remarks).toEqual(['60 images lie in the fold of another one that they belong to']);
    expect(leaking.accuracy.value).toBeGreaterThan(apart.accuracy.value + 0.1);
    const own = await crossValidate(planted, {
      ...quiet,
      trainer: nearest,
      groups: twice(labels).map((_, i) => `plant ${i % 60}`),
    });
    expect(own.accuracy.value).toBeLessThan(leaking.accuracy.value - 0.1);
  });

  it('says what does not suit the folds, and refuses what cannot be judged', async () => {
    const data = drawn(60, 3);
    const groups = [...data.labels].map((label, i) => (label === 1 ? 'one plant' : `${i}`));
    const { remarks, evaluation } = await crossValidate(data, { ...quiet, groups });
    expect(remarks).toContain('one group is all of class 1: it is never trained on while it is judged');
    expect(evaluation.perClass[1].recall!.value).toBe(0);
    const few = features(
      new Float32Array(22 * D).map((_, i) => Math.sin(i)),
      [...Array<number>(20).fill(0), 1, 1],
      {
        classNames: ['many', 'few', 'none'],
      },
    );
    const said = await crossValidate(few, { ...quiet, groups: 'none' });
    expect(said.remarks).toEqual(['some folds have no image of few', 'there is no image of none']);
    await expect(crossValidate(data, { ...quiet, groups: [1, 2] })).rejects.toThrow(
      'expected groups of 60 images; got 2',
    );
    await expect(crossValidate(data, { ...quiet, groups: new Int32Array(60) })).rejects.toThrow(/Groups are too large/);
    const lone = features(new Float32Array(5 * D).fill(1), [0, 0, 0, 0, 1], { classNames: ['many', 'rare'] });
    await expect(crossValidate(lone, { ...quiet, folds: 2 })).rejects.toThrow(/"rare" of .* has one/);
  });
});
