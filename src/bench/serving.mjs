// @ts-check
// Measures docs/serving/http.mjs beside the bare session that computes for it, in turns, and prints milliseconds:
// node src/bench/serving.mjs CLASSIFIER PICTURE
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { loadTypeScript } from '../command/line/load-typescript.mjs';

const ROUNDS = 5;
const AT_ONCE = 200;
const ONE_BY_ONE = 40;

const [classifier, picture] = process.argv.slice(2);
if (!picture) throw new Error('expected a classifier and a picture: node src/bench/serving.mjs CLASSIFIER PICTURE');
await loadTypeScript({ readsWeights: true });
const { loadToPredict } = await import('../classifier/load.ts');
const { readPictures } = await import('../data/pictures/picture-files.ts');
const { hardware } = await import('../host/machine.ts');
const { openBackbone } = await import('../runtime/running.ts');

const { backbone, imageSize, fit } = await loadToPredict(classifier);
const session = await openBackbone(backbone, { engine: 'onnx', imageSize });
const { pixels } = await readPictures([picture], imageSize, fit);
const bytes = readFileSync(picture);
const service = spawn(process.execPath, ['--import', 'tsx', 'docs/serving/http.mjs', classifier], {
  env: { ...process.env, PORT: '0' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = await once(createInterface(service.stdout), 'line');
const address = `http://127.0.0.1:${/\d+$/.exec(String(line))?.[0]}/`;

/** @param {() => Promise<unknown>} work */
const timed = async (work) => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};
const ask = () => timed(async () => (await fetch(address, { method: 'POST', body: bytes })).json());
const compute = () => timed(() => session.run(pixels, 1));
/** @param {() => Promise<number>} one @param {number} count */
const oneByOne = async (one, count) => {
  const all = [];
  for (let i = 0; i < count; i++) all.push(await one());
  return all;
};
/** @param {() => Promise<number>} one @param {number} count */
const atOnce = (one, count) => Promise.all(Array.from({ length: count }, one));

/** @type {Record<string, () => Promise<number[]>>} */
const KINDS = {
  'bare session, one by one': () => oneByOne(compute, ONE_BY_ONE),
  'service, one by one': () => oneByOne(ask, ONE_BY_ONE),
  [`bare session, ${AT_ONCE} at once`]: () => atOnce(compute, AT_ONCE),
  [`service, ${AT_ONCE} at once`]: () => atOnce(ask, AT_ONCE),
};
const found = new Map(Object.keys(KINDS).map((name) => [name, /** @type {number[]} */ ([])]));
await atOnce(ask, AT_ONCE);
await oneByOne(compute, ONE_BY_ONE);
for (let round = 0; round < ROUNDS; round++)
  for (const [name, measure] of Object.entries(KINDS)) found.get(name)?.push(...(await measure()));

console.log(`${backbone}; ${hardware()}`);
for (const [name, all] of found) {
  const sorted = all.sort((a, b) => a - b);
  const [p50, p95] = [0.5, 0.95].map((share) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(1));
  console.log(`${name}: p50 ${p50} ms, p95 ${p95} ms (n = ${all.length})`);
}
service.kill();
await session.close();
