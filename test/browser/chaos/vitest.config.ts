import { defineConfig } from 'vitest/config';

/**
 * Random actions in JupyterLab: `npm run test:lab-chaos`; CHAOS_MINUTES (15) and CHAOS_SEED (1) say how long and which.
 */
export default defineConfig({
  test: {
    include: ['test/browser/chaos/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    hookTimeout: 900_000,
    env: { GRAFT_ENGINE: 'onnx' },
  },
});
