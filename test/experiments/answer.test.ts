import { describe, expect, it } from 'vitest';
import { answer, answerAmong } from '../../src/experiments/answer.ts';
import { compareAll, compareSettings } from '../../src/experiments/statistics/compare-settings.ts';
import { compareRuns } from '../../src/experiments/statistics/compare.ts';
import { meanAccuracy } from '../../src/experiments/statistics/mean-accuracy.ts';
import { factsOfRuns } from '../../src/experiments/run-facts.ts';
import { type Setting, SETTING_OPTIONS } from '../../src/experiments/setting.ts';
import type { SweepRun } from '../../src/experiments/sweep.ts';
import { random } from '../../src/random.ts';

const next = random(7);
const base = Array.from({ length: 2000 }, () => Number(next() < 0.8));
/** As `base`, but some wrong ones turned right and some right ones wrong. */
const changed = (gain: number, loss: number): number[] =>
  base.map((right) => (right ? Number(next() >= loss) : Number(next() < gain)));
const data = { train: { id: 'train', views: 1 }, validation: { id: 'validation' }, test: { id: 'test', views: 1 } };

/** A run of a sweep, as one that took it from its folder has it. */
function run(setting: Setting, right: readonly number[], valAccuracy?: number, of = data): SweepRun {
  const accuracy = right.reduce((a, b) => a + b) / right.length;
  const judged = valAccuracy === undefined ? {} : { valAccuracy, valLoss: 1 };
  const epochs = [{ epoch: 1, loss: 1, accuracy: 1, seconds: 1, ...judged }];
  return {
    setting,
    right: Uint8Array.from(right),
    accuracy,
    loss: 1,
    epochs,
    seconds: 1,
    of: factsOfRuns(of)(setting),
  };
}
const seeds = (setting: Setting, make: () => number[], valAccuracy?: number): SweepRun[] =>
  [1, 2, 3].map((seed) => run({ ...setting, epochs: 20, seed }, make(), valAccuracy));

describe('a run’s identity is its whole setting:', () => {
  // the best of the sweep comes of 60 epochs without Dropout
  const of = ({ dropout, epochs }: Setting): [number, number] =>
    epochs === 60 ? (dropout ? [0.1, 0.01] : [0.7, 0]) : [0, dropout ? 0.1 : 0.2];
  const swept = (epochs: readonly number[], rates: readonly number[]): SweepRun[] =>
    epochs.flatMap((many) =>
      rates.flatMap((dropout) =>
        [1, 2].map((seed) => {
          const setting = { dropout, epochs: many, seed };
          return run(setting, changed(...of(setting)));
        }),
      ),
    );

  it('epochs are in the name of a setting, in any order of the grid', () => {
    for (const runs of [swept([1, 60], [0, 0.5]), swept([60, 1], [0.5, 0])]) {
      const said = answer(runs, { dropout: 0.5, epochs: 1 });
      expect(said).toMatch(
        /^best of 4 settings .*: “dropout 0, epochs 60”, 9\d\.\d % .*; against “dropout 0\.5, epochs 1”,/,
      );
      expect(said).toContain('2 runs each');
    }
    expect(() => answer(swept([1, 60], [0, 0.5]), { dropout: 0.5 })).toThrow(
      'answer: expected options that name one setting to beat; dropout 0.5 is 2: dropout 0.5, epochs 1; dropout 0.5, epochs 60. Name what tells them apart.',
    );
  });

  it('the plain setting is the one whose other options are as by default, whatever is the same for all', () => {
    const runs = [0, 0.5].flatMap((dropout) =>
      [0, 0.01].map((l2) => run({ dropout, ...(l2 && { l2 }), epochs: 15, seed: 1 }, base)),
    );
    expect(answer(runs, { dropout: 0.5 })).toMatch(/^best of 4 settings .*: dropout 0\.5, 8.*; then /);
  });

  it('every option that varies is in the name, whichever it is', () => {
    const values: Required<Pick<Setting, (typeof SETTING_OPTIONS)[number]>> = {
      head: 'auto',
      dropout: 0.1,
      hidden: [4],
      hiddenDropout: 0.3,
      l2: 0.1,
      seed: 9,
      epochs: 3,
      batchSize: 8,
      learningRate: 0.1,
      optimizer: 'sgd',
      weightDecay: 0.1,
      momentum: 0.9,
      nesterov: true,
      schedule: 'one-cycle',
      plateauFactor: 0.5,
      plateauPatience: 2,
      plateauMinDelta: 0.1,
      plateauCooldown: 1,
      plateauMinRate: 0.1,
      draws: 7,
      mixup: 0.2,
      labelSmoothing: 0.1,
      useEma: true,
      emaMomentum: 0.9,
      classWeights: 'balanced',
      patience: 2,
      restoreBest: true,
      train: 30,
    };
    for (const option of SETTING_OPTIONS.filter((name) => name !== 'seed')) {
      const plain: Setting = option === 'hiddenDropout' ? { hidden: [4] } : {};
      const other = { ...plain, [option]: values[option] };
      const said = answer([run(plain, base), run(other, changed(0.5, 0))], plain);
      expect(said).toMatch(/^best of 2 settings/);
      expect(said).toContain(
        `: ${option} ${JSON.stringify(values[option]).replaceAll('"', '')}`.replace(': hiddenD', 'hiddenD'),
      );
    }
  });

  it('runs without a seed in the grid count all', () => {
    const runs = [0, 0.2, 0.5].map((dropout) => run({ dropout }, changed(dropout, 0)));
    expect(answer(runs, { dropout: 0 })).toMatch(/^best of 3 settings .*: dropout 0\.5/);
  });

  it('the same run counts once, however often it is given and however its defaults are written', () => {
    const [a, b] = [seeds({ dropout: 0.2 }, () => changed(0.02, 0.004)), seeds({ dropout: 0.5 }, () => base)];
    const once = compareSettings([...a, ...b], { dropout: 0.2 }, { dropout: 0.5 });
    const copies = [...a, ...b].map((one) => ({ ...one, right: Uint8Array.from(one.right) }));
    expect(compareSettings([...a, ...b, ...copies, ...a], { dropout: 0.2 }, { dropout: 0.5 })).toMatchObject({
      runs: [3, 3],
      interval: once.interval,
    });
    const same = b.map((one) => run({ ...one.setting, l2: 0, hidden: [], mixup: 0 }, [...one.right]));
    expect(compareRuns(a, [...b, ...same]).runs).toEqual([3, 3]);
    expect(meanAccuracy([a[0], a[0], b[0]]).value).toBeCloseTo((a[0].accuracy + b[0].accuracy) / 2, 12);
    // without a default written out, and with it, it is one setting
    expect(answer([...a, ...b, ...same], { dropout: 0.5 })).toMatch(/^best of 2 settings/);
  });

  it('runs on other features are not seeds of one setting', () => {
    const other = run({ dropout: 0.5, seed: 4 }, base, undefined, { ...data, train: { id: 'others', views: 1 } });
    const all = [...seeds({ dropout: 0.5 }, () => base), other, run({ dropout: 0.2 }, base)];
    const refused = 'expected runs that were trained on the same features; got 2';
    expect(() => answer(all, { dropout: 0.5 })).toThrow(refused);
    expect(() => compareSettings(all, { dropout: 0.5 }, { dropout: 0.2 })).toThrow(refused);
  });
});

describe('a sweep’s answer', () => {
  const plain = seeds({ dropout: 0.5 }, () => base, 0.81);

  it('is chosen on the validation images, and its test accuracy is read once', () => {
    const lucky = seeds({ dropout: 0 }, () => changed(0.5, 0), 0.7);
    const chosen = seeds({ dropout: 0.2 }, () => changed(0.3, 0.01), 0.84);
    const said = answer([...plain, ...lucky, ...chosen], { dropout: 0.5 });
    const own = compareRuns(chosen, plain, { names: ['dropout 0.2', 'dropout 0.5'] });
    expect(said).toBe(
      'chosen of 3 settings on validation images: dropout 0.2, 84.0 %; against dropout 0.5, 81.0 %\n' +
        `on the test images: dropout 0.2, ${String(meanAccuracy(chosen))}; dropout 0.5, ${String(meanAccuracy(plain))}\n${String(own)}`,
    );
    expect(answer([...plain, ...seeds({ dropout: 0.2 }, () => changed(0.3, 0), 0.8)], { dropout: 0.5 })).toMatch(
      /^chosen of 2 settings on validation images: dropout 0\.5, 81\.0 %; then dropout 0\.2, 80\.0 %\non the test images: dropout 0\.5, /,
    );
  });

  it('says so where the test images chose, and is widened for all comparisons', () => {
    const blind = (runs: readonly SweepRun[]): SweepRun[] => runs.map(({ setting, right }) => run(setting, [...right]));
    const runs = [plain, seeds({ dropout: 0.2 }, () => changed(0.3, 0.01)), seeds({ dropout: 0 }, () => base)];
    expect(answer(runs.flatMap(blind), { dropout: 0.5 })).toMatch(
      /^best of 3 settings by its mean on the test images, which flatters it: dropout 0\.2, 8\d\.\d % .*; against dropout 0\.5, .*\ndropout 0\.2 is better than dropout 0\.5 by .* 95 % interval for 2 comparisons/,
    );
    // one run that was not judged, or was on other images, and validation chooses nothing
    const [first, ...others] = runs[1];
    const elsewhere = { ...data, validation: { id: 'others' } };
    const mixed = [...plain, run(first.setting, base), ...seeds({ dropout: 0.2 }, () => base, 0.9).slice(1)];
    expect(answer(mixed, { dropout: 0.5 })).toContain('which flatters it');
    const named = { ...first.of!, validation: { id: 'a', labels: 'x' } };
    const twoSets = [
      ...plain.map((one) => ({ ...one, of: { ...one.of!, validation: { id: 'b', labels: 'y' } } })),
      ...others.map((one) => ({
        ...run(one.setting, base, 0.9, elsewhere),
        of: { ...one.of!, validation: named.validation },
      })),
    ];
    expect(answer(twoSets, { dropout: 0.5 })).toContain('which flatters it');
  });

  it('names what is there where the plain setting is not', () => {
    expect(() => answer(plain, { dropout: 0.3 })).toThrow(
      'expected runs of "dropout 0.3" and of others; there are dropout 0.5',
    );
  });

  it('compares settings only where the rest is the same', () => {
    const runs = [
      ...seeds({ dropout: 0.2, l2: 0 }, () => base),
      ...seeds({ dropout: 0.2, l2: 0.1 }, () => base),
      ...seeds({ dropout: 0.5, l2: 0 }, () => base),
    ];
    expect(compareSettings(runs, { dropout: 0.2, l2: 0 }, { dropout: 0.5, l2: 0 }).runs).toEqual([3, 3]);
    expect(compareSettings(runs, { dropout: 0.2, l2: 0 }, { dropout: 0.5, l2: 0 }, { margin: 0.02 }).margin).toBe(0.02);
    expect(() => compareSettings(runs, { dropout: 0.2 }, { dropout: 0.5 })).toThrow(
      'expected settings that differ only in what is named',
    );
    expect(() => compareSettings(runs, { dropout: 0.9 }, { dropout: 0.5 })).toThrow(
      'compareSettings: expected runs with dropout 0.9; the sweep has dropout 0.2',
    );
  });
});

describe('groups of runs', () => {
  const groups = { plain: [run({}, base)], better: [run({}, changed(0.3, 0.02))], worse: [run({}, changed(0, 0.2))] };

  it('are each compared with one of them, with intervals for all comparisons together', () => {
    const found = compareAll(groups, 'plain');
    expect(found.map(({ name }) => name)).toEqual(['better', 'worse']);
    expect(found[0].difference.interval[0]).toBeGreaterThan(0);
    expect(found[1].difference.interval[1]).toBeLessThan(0);
    const alone = compareRuns([groups.better[0].right], [groups.plain[0].right]);
    expect(found[0].difference.interval[0]).toBeLessThan(alone.interval[0]);
    expect(found[0].difference.atLeast).toBe(alone.atLeast);
    expect(answerAmong(groups, 'plain')).toMatch(
      /^best of 3 settings by its mean on the test images, which flatters it: better, .* against plain, .*\nbetter is better than plain by/,
    );
    expect(() => compareAll({ plain: groups.plain }, 'plain')).toThrow(
      'compareAll: expected runs of "plain" and of others; there are plain',
    );
  });

  it('are chosen by the accuracy that they have on validation images', () => {
    const validation = (value: number) => ({ value, interval: [0, 1] as const, n: 100, toString: () => '' });
    const judged = {
      plain: [{ right: groups.plain[0].right, validation: validation(0.8) }],
      better: [{ right: groups.better[0].right, validation: validation(0.7) }],
    };
    expect(answerAmong(judged, 'plain')).toMatch(
      /^chosen of 2 settings on validation images: plain, 80\.0 % \(95 % interval 71\.1 to 86\.7, n = 100 validation images\); then better/,
    );
  });

  it('have a mean accuracy with the interval of one run', () => {
    const { value, n, interval } = meanAccuracy([run({ seed: 1 }, [1, 1, 0, 0]), run({ seed: 2 }, [1, 0, 0, 0])]);
    expect(value).toBe(0.375);
    expect(n).toBe(4);
    expect(interval[0]).toBeLessThan(0.375);
  });
});
