import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as analysis from '../../src/analysis/index.ts';
import { type Dataset, makeDataset } from '../../src/data/dataset.ts';
import { type Features, features } from '../../src/features/features.ts';
import { joinViews } from '../../src/features/views.ts';
import { checkOptions, OPTION_RANGES } from '../../src/host/option-ranges.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import * as graft from '../../src/index.ts';
import * as plots from '../../src/plots/index.ts';
import { publicFunctions } from '../front-doors.ts';

const [N, D] = [12, 4];
const rows = (): Features =>
  features(
    Float32Array.from({ length: N * D }, (_, i) => Math.sin(i)),
    Int32Array.from({ length: N }, (_, i) => i % 3),
  );
const pictures = (): Dataset =>
  makeDataset({
    pixels: new Uint8Array(N * 8 * 8 * 3),
    imageSize: [8, 8],
    labels: Int32Array.from({ length: N }, (_, i) => i % 3),
    classNames: ['a', 'b', 'c'],
  });
const splits = () => ({ train: pictures(), test: pictures() });
const head = () => graft.buildHead([D], { classes: 3 });
/** Nothing of it is used before options are checked. */
const nothing = {} as never;
const quiet = { progress: false } as const;
const folder = mkdtempSync(path.join(os.tmpdir(), 'option-ranges-'));
const right = [Uint8Array.of(1, 0)];
const groups = { a: [{ right: right[0] }], b: [{ right: Uint8Array.of(1, 1) }] };

type Options = Readonly<Record<string, unknown>>;
type Given = Options & Record<string, never>;

/** Hands options to each function; what else it takes is as it should be. Arguments that are numbers go by their names. */
const CALLS: Readonly<Record<string, (given: Given) => unknown>> = {
  savePage: (given) => graft.savePage(nothing, path.join(folder, 'page.html'), { trained: pictures(), ...given }),
  loadData: (given) => graft.loadData('shapes10', given),
  shapes10: (given) => graft.shapes10(given),
  photos: (given) => graft.photos('nowhere', { ...quiet, ...given }),
  take: ({ n }) => graft.take(pictures(), n),
  sample: (given) => graft.sample(splits(), given),
  subset: (given) => graft.subset(pictures(), { size: 1, ...given }),
  augmented: ({ seed, view, size, ...how }) => graft.augmented(pictures(), how, { seed, view, size }),
  savePicture: ({ index }) => graft.savePicture(pictures(), index, path.join(folder, 'picture.png')),
  loadNetwork: (given) => graft.loadNetwork('vgg19-mini', given),
  mobileNetV2: (given) => graft.mobileNetV2(given),
  resnet50: (given) => graft.resnet50(given),
  vgg16: (given) => graft.vgg16(given),
  vgg19: (given) => graft.vgg19(given),
  vgg19Mini: (given) => graft.vgg19Mini(given),
  loadLayers: (given) => graft.loadLayers('nowhere', given),
  classifier: (given) => graft.classifier({ kind: 'backbone', outputShape: [D] } as never, { classes: 3, ...given }),
  withHead: (given) => graft.withHead({ kind: 'backbone', outputShape: [D] } as never, { classes: 3, ...given }),
  buildHead: ({ shape = [D] as never, ...given }) => graft.buildHead(shape, { classes: 3, ...given }),
  onnxCuts: (given) => graft.onnxCuts('nowhere', given),
  efficientNetLite0: (given) => graft.efficientNetLite0(given),
  loadBackbone: (given) => graft.loadBackbone('vgg19-mini', given),
  downloadModel: (given) => graft.downloadModel('hf:a/b', given),
  secondsInTurns: (given) => graft.secondsInTurns([{ model: nothing }], pictures(), given),
  extractFeatures: (given) => graft.extractFeatures(nothing, pictures(), { ...quiet, ...given }),
  extractViews: ({ views = 1 as never, calibrationPercentile, batchSize, seed, ...how }) =>
    graft.extractViews(nothing, pictures(), how, { ...quiet, views, calibrationPercentile, batchSize, seed }),
  firstViews: ({ count }) => graft.firstViews(joinViews([rows()]), count),
  liveViews: ({ seed, ...how }) => graft.liveViews(nothing, pictures(), how, { seed }),
  features: ({ shape }) => graft.features(new Float32Array(8), [0, 1], { shape }),
  fit: (given) => graft.fit(head(), rows(), { epochs: 1, validation: rows(), ...quiet, ...given }),
  draw: ({ count = 1 as never, seed = 1 as never }) => graft.draw(rows(), count, seed),
  thresholdTable: ({ thresholds }) => Promise.resolve(graft.thresholdTable(nothing, thresholds)),
  evaluate: (given) => graft.evaluate(head(), rows(), given),
  fineTune: (given) => graft.fineTune(head(), rows(), { ...quiet, ...given }),
  headAbove: (given) => graft.headAbove('vgg19-mini', 'block4_pool', { classes: 3, ...given }),
  stopAfter: (given) => graft.stopAfter(given.epochs),
  findLearningRate: (given) => graft.findLearningRate(head(), rows(), { ...quiet, ...given }),
  predict: (given) => graft.predict(nothing, [], given),
  predictFiles: (given) => graft.predictFiles(nothing, [], given).next(),
  importClassifier: (given) => graft.importClassifier('nowhere', { out: path.join(folder, 'imported'), ...given }),
  trainClassifier: (given) => graft.trainClassifier({ data: splits(), ...quiet, ...given }),
  sweep: async (given) => {
    const [name] = Object.keys(given);
    const needed: Parameters<typeof graft.sweep>[0] = {
      ...(name === 'weightDecay' && { optimizer: ['adamw'] }),
      ...(name === 'momentum' && { optimizer: ['sgd'] }),
      ...(name.startsWith('plateau') && { schedule: ['plateau'] }),
      ...(name === 'emaMomentum' && { useEma: [true] }),
    };
    const grid = Object.fromEntries(Object.entries(given).map(([one, value]) => [one, [value]]));
    const data = { train: rows(), test: rows() };
    const { failed } = await graft.sweep({ ...grid, ...needed }, data, { folder, progress: false });
    if (failed.length) throw new RangeError(failed[0].error); // a sweep goes on
  },
  compareRuns: (given) => graft.compareRuns(right, right, given),
  compareAll: (given) => graft.compareAll(groups, 'a', given),
  answerAmong: (given) => graft.answerAmong(groups, 'a', given),
  liveCurve: (given) => graft.liveCurve({ epochs: 1, ...given }),
  describeSetting: ({ inputSize }) => graft.describeSetting('shapes10', 'vgg19-mini', inputSize),
  chooseBackbone: (given) => analysis.chooseBackbone(nothing, given),
  chooseRegression: (given) => analysis.chooseRegression(rows(), rows(), given),
  chosenRegression: (given) => analysis.chosenRegression({ train: rows(), validation: rows(), test: rows() }, given),
  compareBackbones: (given) => analysis.compareBackbones(splits(), ['vgg19-mini'], { ...quiet, ...given }),
  embedding: (given) => analysis.embedding(rows(), { neighbours: 5, ...given }),
  crossValidate: (given) => analysis.crossValidate(rows(), { progress: false, ...given }),
  outOfFold: (given) => analysis.outOfFold(rows(), given),
  logisticRegression: (given) => analysis.logisticRegression(rows(), given),
  classifyByNeighbours: (given) => analysis.classifyByNeighbours(rows(), rows(), given),
  nearDuplicates: (given) => analysis.nearDuplicates(rows(), rows(), given),
  nearestNeighbours: (given) => analysis.nearestNeighbours(rows(), rows(), given),
  upscalingSpectra: (given) => analysis.upscalingSpectra(pictures(), given),
  activationMaps: (given) => plots.activationMaps(pictures(), [], given),
  augmentationGrid: (given) => plots.augmentationGrid(pictures(), {}, given),
  warpComparison: ({ index = 0 as never, size, views, seed, ...how }) =>
    plots.warpComparison(pictures(), index, how, { size, views, seed }),
  closestPairs: (given) => plots.closestPairs(pictures(), pictures(), [], given),
  doubtfulLabels: (given) => plots.doubtfulLabels(pictures(), [], given),
  interpolationComparison: ({ index = 0 as never, size }) => plots.interpolationComparison(pictures(), index, { size }),
  learningCurve: (given) => plots.learningCurve([], given),
  confidentMistakes: (given) => plots.confidentMistakes(pictures(), nothing, given),
  pictureGrid: (given) => plots.pictureGrid([], { alt: '', ...given }),
  tilesOf: ({ indices }) => plots.tilesOf(pictures(), indices),
  sampleGrid: (given) => plots.sampleGrid(pictures(), given),
};

/** What takes numbers that nothing is computed with. */
const PASSED: readonly string[] = [
  'answer', // looks for runs that have them
  'compareSettings',
  'learningRatePlot', // draws what was found
  'spectrumPlot',
];
/** What is checked where it is known what fits to it; later than the others in those that hand it on. */
const OWN: Readonly<Record<string, readonly unknown[]>> = {
  n: [0, 2.5, NaN, 13],
  index: [-1, 2.5, NaN, 12],
  indices: [[-1], [2.5], [NaN], [12]],
  zoomRange: [NaN, 1, Infinity],
  horizontalFlip: [NaN, 2],
  verticalFlip: [NaN, 2],
  classWeights: [[1, 2], [NaN, 1, 1], 3],
};
const LATE = ['fineTune.classWeights', 'trainClassifier.classWeights'];

function wrongValues(of: string, name: string): readonly unknown[] {
  const range = OPTION_RANGES[`${of}.${name}`] ?? OPTION_RANGES[name];
  if (!range) return OWN[name] ?? expect.fail(`${of}: no range of ${name} is known`);
  const { whole, from, above, to, below, list } = range;
  const values = [
    NaN,
    Infinity,
    '3',
    ...(whole ? [2.5] : []),
    ...(from !== undefined ? [from - 1] : []),
    ...(above !== undefined ? [above, above - 1] : []),
    ...(to !== undefined ? [to + 1] : []),
    ...(below !== undefined ? [below] : []),
  ];
  return list ? [...values.map((value) => [value]), 3] : values;
}

beforeAll(useTensorFlow);
afterAll(() => rmSync(folder, { recursive: true }));

describe('options that are numbers', () => {
  const functions = publicFunctions().filter(({ name, numbers }) => numbers.length && !PASSED.includes(name));

  it('are those of every function of the front doors that takes any', () => {
    expect(functions.map(({ name }) => name).sort()).toEqual(Object.keys(CALLS).sort());
  });

  for (const { name: of, numbers } of functions)
    it(`are held to their ranges by ${of}: ${numbers.join(', ')}`, async () => {
      for (const name of numbers.filter((one) => !LATE.includes(`${of}.${one}`)))
        for (const value of wrongValues(of, name)) {
          const error = await Promise.resolve()
            .then(() => CALLS[of]({ [name]: value } as Given))
            .then(
              () => undefined,
              (thrown: unknown) => thrown,
            );
          const what = `${of}({ ${name}: ${JSON.stringify(value)} })`;
          expect(error, what).toBeInstanceOf(RangeError);
          // some say of what the number is too large
          expect((error as Error).message, what).toMatch(new RegExp(`^(${name}|${of}|index|views|from, to): expected`));
        }
    });

  it('are named with what was expected and what came', () => {
    const said = (where: string, given: Options, limits = {}) => expect(() => checkOptions(where, given, limits));
    said('evaluate', { batchSize: 2.5 }).toThrow('batchSize: expected a whole number from 1; got 2.5.');
    said('evaluate', { temperature: 0 }).toThrow('temperature: expected a number above 0; got 0.');
    said('evaluate', { temperature: '2' }).toThrow('temperature: expected a number above 0; got "2".');
    said('fit', { mixup: 2 }).toThrow('mixup: expected a number from 0 to 1; got 2.');
    said('head', { hidden: [8, 0] }).toThrow('hidden: expected whole numbers from 1; got 0.');
    said('head', { hidden: 8 }).toThrow('hidden: expected a list, of whole numbers from 1; got 8.');
    said('x', { count: 9 }, { count: { to: 8 } }).toThrow('count: expected a whole number from 1 to 8; got 9.');
    said('x', { count: undefined, nothing: NaN }).not.toThrow();
  });
});
