import { defineConfig } from 'vitest/config';

/** Breaking things on purpose: `npm run test:faults`; with GRAFT_FAULTS=short in some six minutes. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts', 'test/fuzz/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: process.env.GRAFT_FAULTS === 'short' ? 1_800_000 : 14_400_000,
    hookTimeout: 300_000,
    env: {
      GRAFT_ENGINE: process.env.GRAFT_ENGINE ?? 'onnx',
      TF_CPP_MIN_LOG_LEVEL: '3',
      CIFAR10_DIR: '',
      VGG19_WEIGHTS: '',
      VGG16_WEIGHTS: '',
    },
  },
});
