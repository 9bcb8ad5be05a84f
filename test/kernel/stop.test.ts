import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { session } from './session.ts';

let folder: string;
beforeAll(() => {
  mkdirSync('results', { recursive: true });
  folder = mkdtempSync(path.resolve('results/stop-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const LOOP = `import * as tf from '@tensorflow/tfjs';
export async function train(steps: number): Promise<number> {
  const xs = tf.randomNormal([64, 8]); const ys = xs.mean(1, true);
  const net = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [8] })] });
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  let last = 0;
  for (let i = 0; i < steps; i++) last = (await net.trainOnBatch(xs, ys)) as number;
  return last;
}
export async function spin(): Promise<void> { for (;;) await null; }
export async function each(): Promise<void> { for await (const _ of forever()); }
async function* forever() { for (let i = 0; ; i++) yield i; }
export const fails = async (): Promise<void> => { const one = await Promise.resolve(1); if (one) throw new Error('line 13'); };
`;

it('ends loops of awaits that take no time by Stop, in own modules and chains of promises', async () => {
  const { results } = await session(
    [
      { write: { 'loop.ts': LOOP }, run: "import { each, fails, spin, train } from './loop';\nawait train(3) > -1" },
      { run: 'await train(1e9)', interrupt: [1.5] },
      { run: 'await spin()', interrupt: [1] },
      { run: 'await each()', interrupt: [1] },
      {
        run: 'function again(): Promise<void> { return Promise.resolve().then(again); }\nawait again();',
        interrupt: [1.5],
      },
      { run: 'await fails()' },
      { run: "'alive'" },
    ],
    { folder },
  );
  expect(results.map(({ error }) => error?.ename ?? 'none')).toEqual([
    'none',
    'Interrupted',
    'Interrupted',
    'Interrupted',
    'Interrupted',
    'Error',
    'none',
  ]);
  expect(results[5].error!.traceback.join('\n')).toMatch(/loop\.ts:13:\d+/);
  expect(results[6].display).toEqual(['alive']);
});

it('breaks off nothing of Node.js that it loads at first use', async () => {
  const { results } = await session([
    { run: "const first = await fetch('http://127.0.0.1:9/');", interrupt: [0.02] },
    { run: "await fetch('http://127.0.0.1:9/')" },
    { run: "import http2 from 'node:http2';\nhttp2.createServer({}).close();", interrupt: [0.02] },
    { run: "import { createServer } from 'node:http2';\ntypeof createServer" },
  ]);
  expect(results[1].error!.evalue).toBe('fetch failed');
  expect(results[3].display).toEqual(['function']);
});

it('hears a Stop that comes while a cell compiles before its first statement', async () => {
  const { results } = await session([
    { run: 'let ran = 0;' },
    { run: "import * as everything from 'graft-ml';\nran++;\nawait null;\nran++;", interrupt: [0.05] },
    { run: 'ran' },
  ]);
  expect(results[1].error!.ename).toBe('Interrupted');
  expect(results[2].display).toEqual(['0']);
});
