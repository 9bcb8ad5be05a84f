import { defineConfig } from 'vitest/config';

/** The package as its users have it: `npm run test:package`, which needs the registries. */
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    env: { GRAFT_ENGINE: 'onnx' },
  },
});
