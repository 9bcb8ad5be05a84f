import { defineConfig } from 'vitest/config';

/**
 * What takes longest, most of it whole commands in processes of their own: `npm test` leaves these out so that it takes
 * minutes. `GRAFT_TEST_LONG=1 npm test` runs them with all others, as CI does, and so does naming them.
 */
const LONG = [
  'test/classifier/{hub-classifier,resnet50,serving,without-tensorflow}.test.ts',
  'test/command/{cli,photos,predict,seen}.test.ts',
  'test/data/pictures/apart/apart.test.ts',
  'test/experiments/difference-limits.test.ts',
  'test/models/full-size.test.ts',
  'test/notebook/{exporters,snippets}.test.ts',
  'test/results/table.test.ts',
  'test/runtime/{calibration-chosen,webgpu}.test.ts',
  'test/setup/inherited.test.ts',
];
const all = process.env.GRAFT_TEST_LONG === '1' || process.argv.slice(2).some((word) => word.startsWith('test/'));

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      ...['test/browser/**', 'test/cluster/**', 'test/faults/**', 'test/fuzz/**', 'test/kernel/**', 'test/package/**'],
      ...(all ? [] : LONG),
    ],
    pool: 'forks', // native libraries don't like threads
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    env: { TF_CPP_MIN_LOG_LEVEL: '3', CIFAR10_DIR: '', VGG19_WEIGHTS: '', VGG16_WEIGHTS: '' },
  },
});
