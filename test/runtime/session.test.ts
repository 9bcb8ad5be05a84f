import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { backboneOf } from '../../src/models/backbone.ts';
import { borrowBackbone, closeIdle } from '../../src/runtime/pool.ts';
import { openBackbone } from '../../src/runtime/running.ts';

const images = shapes10({ train: 8 }).train;

async function small(): Promise<ReturnType<typeof backboneOf>> {
  await useTensorFlow();
  const input = tf.input({ shape: [32, 32, 3] });
  const x = tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }).apply(input) as tf.SymbolicTensor;
  return backboneOf(tf.model({ inputs: input, outputs: x }));
}

/** Processes that run a session, as children of this one. */
async function sessions(): Promise<number> {
  const ps = spawn('sh', ['-c', `ps -o ppid=,args= -A | awk '$1 == ${process.pid}' | grep -c '[s]ession-process.mjs'`]);
  let out = '';
  for await (const chunk of ps.stdout) out += String(chunk);
  return Number(out);
}

describe('a session', () => {
  it('runs overlapping batches in order, and ends its process when it is closed', async () => {
    const running = await openBackbone(await small(), { engine: 'onnx', imageSize: [32, 32] });
    const one = await Promise.all([0, 1, 2, 3].map(async (i) => running.run(await images.read(i, i + 1), 1)));
    const all = await running.run(await images.read(0, 4), 4);
    expect(Float32Array.from(one.flatMap((row) => [...row]))).toEqual(all);
    expect(running.peakMemoryMiB).toBeGreaterThan(10);
    await running.close();
    expect(await sessions()).toBe(0);
  });

  it('that is ended from outside says so, and the next one works', async () => {
    const backbone = await small();
    const running = await openBackbone(backbone, { engine: 'onnx', imageSize: [32, 32] });
    spawn('sh', [
      '-c',
      `kill -9 $(ps -o ppid=,pid=,args= -A | awk '$1 == ${process.pid} && /[s]ession-process/ { print $2 }')`,
    ]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await expect(running.run(await images.read(0, 1), 1)).rejects.toThrow(
      /onnx: the process that runs the backbone|channel closed|ERR_IPC/i,
    );
    await running.close();
    const next = await openBackbone(backbone, { engine: 'onnx', imageSize: [32, 32] });
    expect(await next.run(await images.read(0, 1), 1)).toHaveLength(30 * 30 * 4);
    await next.close();
  });

  it('is waited for when it is closed while an answer is on its way', async () => {
    const code = `
      import * as tf from '@tensorflow/tfjs';
      import { useTensorFlow } from './src/host/tensorflow.ts';
      import { backboneOf } from './src/models/backbone.ts';
      import { openBackbone } from './src/runtime/running.ts';
      await useTensorFlow();
      const input = tf.input({ shape: [32, 32, 3] });
      const model = tf.model({ inputs: input, outputs: tf.layers.globalAveragePooling2d({}).apply(input) });
      const running = await openBackbone(backboneOf(model), { engine: 'onnx', imageSize: [32, 32] });
      running.run(new Uint8Array(32 * 32 * 3), 1).catch(() => {});
      await new Promise((resolve) => setImmediate(resolve)); // the question is sent
      for (const until = Date.now() + 300; Date.now() < until;); // the answer lies in the pipe, not read yet
      await running.close();
      console.log('closed');`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code]);
    let out = '';
    for await (const chunk of child.stdout) out += String(chunk);
    expect(out).toBe('closed\n'); // and not exit code 13, with nothing left to wait for
  });

  it('stays open between uses, and is another one for another backbone or size', async () => {
    const [a, b] = [await small(), await small()];
    const options = { engine: 'onnx', imageSize: [32, 32] } as const;
    const first = await borrowBackbone(a, options);
    await first.close();
    const again = await borrowBackbone(a, options);
    expect(await sessions()).toBe(1);
    const other = await borrowBackbone(b, options);
    expect(await sessions()).toBe(2);
    await again.close();
    await other.close();
    await closeIdle();
    expect(await sessions()).toBe(0);
  });
});
