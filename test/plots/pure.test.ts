import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const FOLDER = path.resolve('src/plots');
/** TensorFlow.js notes its engine there when it is loaded. */
const tensorFlow = (): unknown => (globalThis as { _tfengine?: unknown })._tfengine;

it('plots load without TensorFlow, whatever they draw', async () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(15);
  for (const file of files) {
    await import(path.join(FOLDER, file));
    expect(tensorFlow(), file).toBeUndefined();
  }
  await import('../../src/analysis/grad-cam.ts');
  expect(tensorFlow()).toBeDefined();
});
