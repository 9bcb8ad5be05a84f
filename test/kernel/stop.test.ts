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

// a Stop before a loop has begun ends the cell, and the loop then starves the kernel until the next Stop
const PACKAGE = `const begun = () => require('node:fs').writeFileSync(__dirname + '/begun', '');
exports.spin = async () => { begun(); for (;;) await null; };
exports.later = async () => { await new Promise((done) => setTimeout(done, 100)); begun(); for (;;) await null; };
exports.chain = () => { begun(); const again = () => new Promise((done) => done()).then(again); return again(); };
exports.busy = (seconds) => new Promise((done) => setTimeout(() => {
  begun();
  const end = Date.now() + 1000 * seconds;
  while (Date.now() < end);
  done('done');
}, 50));
`;

const BEGUN = { file: 'node_modules/spinner/begun' };

const TYPES = `export const spin: () => Promise<void>;
export const later: () => Promise<void>;
export const chain: () => Promise<void>;
export const busy: (seconds: number) => Promise<string>;
`;

it('ends endless loops of awaits in packages by Stop, and breaks off no work of another kind there', async () => {
  mkdirSync(path.join(folder, 'node_modules/spinner'), { recursive: true });
  const { results } = await session(
    [
      {
        write: { 'node_modules/spinner/index.js': PACKAGE, 'node_modules/spinner/index.d.ts': TYPES },
        run: "import { busy, chain, later, spin } from 'spinner';\nimport { AsyncLocalStorage } from 'node:async_hooks';\nlet kept = 1;",
      },
      ...['spin()', 'later()', 'chain()', 'spin().then(() => {})'].map((call) => ({
        run: `kept++;\nawait ${call};`,
        interrupt: [BEGUN],
      })),
      { run: 'const end = await busy(4);', interrupt: [BEGUN] },
      {
        run: 'const own = new AsyncLocalStorage();\nawait own.run(7, async () => { await fetch("data:,"); return own.getStore(); })',
      },
      { run: 'kept' },
    ],
    { folder },
  );
  expect(results.map(({ error }) => error?.ename ?? 'none')).toEqual([
    'none',
    ...Array<string>(5).fill('Interrupted'),
    'none',
    'none',
  ]);
  expect(results[6].display).toEqual(['7']);
  expect(Number(results[7].display[0])).toBeGreaterThan(0); // the same kernel
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
