import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/browser/**', 'test/cluster/**', 'test/faults/**', 'test/fuzz/**', 'test/kernel/**'],
    pool: 'forks', // native libraries don't like threads
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    env: { TF_CPP_MIN_LOG_LEVEL: '3', CIFAR10_DIR: '', VGG19_WEIGHTS: '', VGG16_WEIGHTS: '' },
  },
});
