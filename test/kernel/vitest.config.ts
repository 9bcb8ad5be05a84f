import { defineConfig } from 'vitest/config';

/** Cells and notebooks in kernels that Jupyter starts: `npm run test:kernel`. */
export default defineConfig({
  test: {
    include: ['test/kernel/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    env: { GRAFT_ENGINE: 'onnx', TF_CPP_MIN_LOG_LEVEL: '3', CIFAR10_DIR: '', VGG19_WEIGHTS: '', VGG16_WEIGHTS: '' },
  },
});
