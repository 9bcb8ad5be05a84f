import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('a command begins without TensorFlow’s word on a GPU that is not there', () => {
  const { TF_CPP_MIN_LOG_LEVEL: _, ...env } = process.env;
  const script = `import { useTensorFlow } from './src/host/tensorflow.ts';
    console.log((await useTensorFlow()).name);`;
  // through a pipe, as a terminal is: while the library loads, nothing of what it says of the CUDA driver gets through
  const command = `'${process.execPath}' --import tsx --input-type=module -e "$SCRIPT" 2>&1 | cat`;
  const { stdout } = spawnSync('bash', ['-c', command], { env: { ...env, SCRIPT: script }, encoding: 'utf8' });
  expect(stdout).toMatch(/^(tensorflow|javascript)$/m);
  expect(stdout).not.toMatch(/cuInit|cudart|[EI]0000/);
});
