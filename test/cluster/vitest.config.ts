import { defineConfig } from 'vitest/config';

/** Several machines, played on one: `npm run test:cluster`; with GRAFT_CLUSTER=short in under five minutes. */
export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    env: { TF_CPP_MIN_LOG_LEVEL: '3', CIFAR10_DIR: '', VGG19_WEIGHTS: '', VGG16_WEIGHTS: '' },
  },
});
