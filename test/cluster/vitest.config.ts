import { defineConfig } from 'vitest/config';

/** Several machines, played on one: `npm run test:cluster`, in minutes; with GRAFT_CLUSTER=long in hours. */
export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: process.env.GRAFT_CLUSTER === 'long' ? 7_200_000 : 600_000,
    hookTimeout: 300_000,
    env: { GRAFT_ENGINE: 'onnx', TF_CPP_MIN_LOG_LEVEL: '3', CIFAR10_DIR: '', VGG19_WEIGHTS: '', VGG16_WEIGHTS: '' },
  },
});
