import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { session } from '../kernel/session.ts';
import { report, SHORT } from './scale.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'long-'))));
afterAll(() => rmSync(folder, { recursive: true }));

it('the training cell of a notebook keeps memory and tensors flat over many runs', async () => {
  const times = SHORT ? 30 : 200;
  const prepare = `import * as tf from '@tensorflow/tfjs';
import { loadData } from './src/data/load';
import { sample } from './src/data/subset';
import { extractFeatures } from './src/features/extract';
import { loadNetwork } from './src/models/networks/network';
import { fit } from './src/training/fit';
import { evaluate } from './src/training/evaluation/evaluate';
import { splitModel } from './src/models/split';
import { freeze, withHead, withoutTop } from './src/models/surgery';
const images = sample(await loadData('shapes10'), { train: 400, test: 100, validation: 0 });
const { backbone, head } = splitModel(withHead(freeze(withoutTop(await loadNetwork('vgg19-mini'))), { classes: 10, dropout: 0.5 }));
const ready = await extractFeatures(backbone, { train: images.train, test: images.test }, { cache: ${JSON.stringify(path.join(folder, 'features'))} });`;
  const train = `const history = await fit(head, ready.train, { epochs: 2, validation: ready.test });
const { accuracy } = await evaluate(head, ready.test);
const { rss, heapTotal } = process.memoryUsage();
console.log(tf.memory().numTensors, (rss - heapTotal) / 2 ** 20);`;
  // twice, since the memory of what a collection finds is given back beside it
  const collect = `import v8 from 'node:v8';
import vm from 'node:vm';
v8.setFlagsFromString('--expose-gc');
for (let i = 0; i < 2; i++) {
  vm.runInNewContext('gc')();
  await new Promise((resolve) => setTimeout(resolve, 200));
}
console.log(process.memoryUsage().heapUsed / 2 ** 20, process.memoryUsage().external / 2 ** 20);`;
  const { results } = await session([
    { run: prepare },
    { run: train, times: 30 },
    { run: collect },
    { run: train, times },
    { run: collect },
  ]);
  expect(results.filter(({ error }) => error)).toEqual([]);
  const runs = [...results.slice(1, 31), ...results.slice(32, -1)].map(({ text }) => text.split(' ').map(Number));
  expect(new Set(runs.map(([tensors]) => tensors)).size).toBe(1);
  const [[before, buffersBefore], [after, buffersAfter]] = [results[31], results.at(-1)!].map(({ text }) =>
    text.split(' ').map(Number),
  );
  // What is not V8's heap is what could leak unseen. A leak raises the least of every tenth of the runs. One rise
  // alone is none:
  // glibc keeps up to 64 MiB for each thread that once needed them.
  const native = runs.map(([, mib]) => mib);
  const tenth = times / 10;
  const least = [
    native.slice(0, 30),
    ...Array.from({ length: 10 }, (_, i) => native.slice(30 + i * tenth, 30 + (i + 1) * tenth)),
  ].map((part) => Math.min(...part));
  const rises = least
    .slice(1)
    .map((mib, i) => mib - least[i])
    .sort((a, b) => a - b);
  const grown = 5 * (rises[4] + rises[5]); // ten times the median
  const most = Math.max(...results.map(({ memory }) => memory));
  report(
    `${times} runs of a training cell: ${runs[0][0]} tensors after each; after a collection heap ${before.toFixed(0)} → ${after.toFixed(0)} MiB, buffers ${buffersBefore.toFixed(1)} → ${buffersAfter.toFixed(1)} MiB; resident outside of the heap ${least.map((mib) => mib.toFixed(0)).join(', ')} MiB; at most ${most.toFixed(0)} MiB resident`,
  );
  expect(after - before).toBeLessThan(times / 10 + 5); // the source of each cell that ran is kept, for stacks
  expect(buffersAfter - buffersBefore).toBeLessThan(4);
  expect(grown / least[0]).toBeLessThan(0.05);
  expect(most).toBeLessThan(2000);
});

it('a cell that makes a network and a head anew each time gives the old ones back', async () => {
  const imports = `import * as tf from '@tensorflow/tfjs';
import v8 from 'node:v8';
import vm from 'node:vm';
import { loadNetwork } from './src/models/networks/network';
import { useTensorFlow } from './src/host/tensorflow';
import { splitModel } from './src/models/split';
import { freeze, withHead } from './src/models/surgery';
await useTensorFlow();`;
  const make = `const network = freeze(await loadNetwork('vgg19-mini'));
const { head } = splitModel(withHead(network, { classes: 10 }));
head.name`;
  const count = `v8.setFlagsFromString('--expose-gc');
vm.runInNewContext('gc')();
await new Promise((resolve) => setTimeout(resolve, 200));
vm.runInNewContext('gc')();
await new Promise((resolve) => setTimeout(resolve, 200));
console.log(tf.memory().numTensors);`;
  const { results } = await session([
    { run: imports },
    { run: make, times: 3 },
    { run: count },
    { run: make, times: 12 },
    { run: count },
  ]);
  expect(results.filter(({ error }) => error)).toEqual([]);
  const [before, after] = [results[4], results.at(-1)!].map(({ text }) => Number(text));
  report(`12 networks made by one cell: ${before} tensors before, ${after} after a collection`);
  expect(after).toBeLessThan(before + 45); // a network and its head are 40
});

const real = process.env.GRAFT_TEST_CIFAR10;
it.skipIf(!real || SHORT)('60,000 images are extracted with resident memory flat to 5 %', async () => {
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', 'test/faults/sixty-thousand.ts', path.join(folder, 'sixty')],
    { env: { ...process.env, CIFAR10_DIR: real }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const rows = (await text(child.stdout))
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number));
  expect(rows.at(-1)![0]).toBe(60_000);
  report(`60,000 images: resident ${rows.map(([, mib]) => mib.toFixed(0)).join(', ')} MiB after each 5,000`);
  const grown = rows.map(([, mib], i) => mib / Math.min(...rows.slice(0, i + 1).map(([, before]) => before))); // what loading left may go at any time
  expect(Math.max(...grown)).toBeLessThan(1.05);
});
