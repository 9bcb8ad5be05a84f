import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { defineConfig } from 'vitest/config';

/**
 * What takes longest: whole commands in processes of their own, comparisons with Keras, TensorFlow.js and ONNX Runtime
 * in Python, walks through everything that a door exports. `npm test` leaves these out so that it takes minutes.
 * `GRAFT_TEST_LONG=1 npm test` runs them with all others, as CI does, and so does naming them.
 */
const LONG = Object.entries({
  analysis: ['compare-backbones'],
  backbones: ['onnx-backbone'],
  classifier: ['hub-classifier', 'recoloured', 'resnet50', 'serving', 'without-tensorflow'],
  'classifier/export': ['hub', 'hub-folder', 'keras', 'onnx', 'tfjs'],
  'classifier/import': ['import', 'onnx'],
  command: ['cli', 'from-few', 'photos', 'predict', 'seen', 'train-line'],
  data: ['same-classes'],
  'data/pictures/apart': ['apart'],
  examples: ['examples'],
  experiments: ['difference-limits', 'head-kind'],
  features: ['damaged-at-place', 'finite'],
  models: ['full-size', 'keras-networks'],
  notebook: ['exporters', 'snippets'],
  onnx: ['graph', 'int8'],
  page: ['save-page'],
  results: ['table'],
  runtime: ['calibration-chosen', 'fastest', 'openvino', 'webgpu'],
  setup: ['inherited', 'proxy'],
  training: ['fine-tune', 'whole-model'],
}).flatMap(([folder, names]) => names.map((name) => `test/${folder}/${name}.test.ts`));
const all = process.env.GRAFT_TEST_LONG === '1' || process.argv.slice(2).some((word) => word.startsWith('test/'));

/** Begins with what takes longest: a long file that begins last would run alone at the end. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.some((file) => moduleId.endsWith(file));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      ...['test/browser/**', 'test/cluster/**', 'test/faults/**', 'test/fuzz/**', 'test/kernel/**', 'test/package/**'],
      ...(all ? [] : LONG),
    ],
    sequence: { sequencer: LongFirst },
    pool: 'forks', // native libraries don't like threads
    // of two cores: much of a test waits for processes that it has started; CI has other suites beside the long form
    maxWorkers: process.env.GRAFT_TEST_LONG === '1' ? 2 : 3,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    env: { GRAFT_ENGINE: 'onnx', TF_CPP_MIN_LOG_LEVEL: '3', CIFAR10_DIR: '', VGG19_WEIGHTS: '', VGG16_WEIGHTS: '' },
  },
});
