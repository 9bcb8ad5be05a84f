import { defineConfig } from 'vitest/config';

/** Tests in a real browser (Debian: apt install chromium): `npm run test:browser`. */
export default defineConfig({
  test: {
    include: ['test/browser/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 480_000,
    hookTimeout: 300_000,
    env: { GRAFT_ENGINE: 'onnx' },
  },
});
