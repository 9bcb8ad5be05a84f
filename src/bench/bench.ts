import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import type * as tf from '@tensorflow/tfjs';
import { defaultData, loadImages } from '../data/load.ts';
import { subset } from '../data/subset.ts';
import { hasInt8Instructions } from '../features/calibrate.ts';
import { replaceFile } from '../replace-file.ts';
import { ROOT } from '../project.ts';
import { cpuModel, useTensorFlow } from '../tensorflow.ts';
import { commit } from '../training/runs.ts';
import { type NetworkName } from '../vgg/architecture.ts';
import { findWeights } from '../vgg/files.ts';
import { loadNetwork } from '../vgg/network.ts';
import { cutAt } from '../vgg/surgery.ts';
import { bareOnnx, BATCH, type Contestant, graft, peer } from './contestants.ts';
import { matmulPeak } from './peak.ts';
import { benchPage, bars, table } from './report.ts';

const USAGE = `usage: npm run bench [-- flags]

Measures the frozen backbone side by side, in turns, and writes results/bench.json and results/bench.html.

  --peers      also Keras, PyTorch and OpenVINO, in an environment that it sets up (about 8 GB)
  --scaling    also 256 to 10,000 images (time per image, memory), about 10 minutes
  --quick      only vgg19-mini, one round
  --rounds N   turns of each (default: 3)
  --seconds N  of a turn (default: 6)`;

const PEERS = ['keras', 'torch-float32', 'torch-bfloat16', 'openvino-float32', 'openvino-bfloat16'];

/** One line of the table. */
export interface Row {
  readonly network: string;
  readonly name: string;
  readonly precision: string;
  /** Images a second of each turn. */
  readonly turns: readonly number[];
  /** The median turn. */
  readonly rate: number;
  readonly gflops: number;
  /** Of the machine's measured peak in this precision, 0..1. */
  readonly share?: number;
}

export interface Report {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string | undefined>>;
  /** Networks, with where their weights come from. */
  readonly networks: readonly string[];
  /** GFLOP/s of a large matrix product by precision. */
  readonly peaks: Readonly<Record<string, number>>;
  readonly rows: readonly Row[];
  readonly threads: readonly { readonly threads: number; readonly precision: string; readonly rate: number }[];
  readonly scaling: readonly { readonly images: number; readonly seconds: number; readonly memoryMiB: number }[];
  /** Seconds of each stage of `graft train`. */
  readonly stages: { readonly what: string; readonly seconds: Readonly<Record<string, number>> };
}

/** @returns the exit code */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { peers: { type: 'boolean' }, scaling: { type: 'boolean' }, quick: { type: 'boolean' }, rounds: { type: 'string' }, seconds: { type: 'string' }, help: { type: 'boolean' } },
  }); // prettier-ignore
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  const seconds = Number(values.seconds ?? (values.quick ? 1 : 6));
  const backend = await useTensorFlow();
  const python = values.peers ? setUpPeers() : undefined;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'graft-bench-'));
  try {
    const machine = `${cpuModel()}, ${os.availableParallelism()} threads, ${Math.round(os.totalmem() / 2 ** 30)} GiB, Node.js ${process.versions.node}`;
    console.log(`${machine}\n`);
    const images = await loadImages(defaultData(), 'train', { size: 2000 });
    const calibration = subset(images, { size: 80 });
    const precisions = hasInt8Instructions() ? (['int8', 'float32'] as const) : (['float32'] as const);
    const cases: [NetworkName, string][] = values.quick ? [['vgg19-mini', 'fc2']] : [['vgg19', 'fc2'], ['vgg16', 'block5_pool']]; // prettier-ignore
    const rows: Row[] = [];
    const networks: string[] = [];
    const peaks: Record<string, number> = {};
    let threads: Report['threads'] = [];
    for (const [network, cut] of cases) {
      const whole = await loadNetwork(network, findWeights(network) ? {} : { weights: null });
      const backbone = cutAt(whole, cut);
      networks.push(`${network} to ${cut}, ${findWeights(network) ? 'its weights' : 'random weights'}, ${gflopPerImage(backbone).toFixed(1)} GFLOP an image`);
      console.log(networks.at(-1));
      const contestants: Contestant[] = [];
      for (const precision of precisions) {
        contestants.push(graft(backbone, images, calibration, precision, folder));
        contestants.push(await bareOnnx(backbone, images, calibration, precision, folder));
      }
      if (python) {
        for (const name of PEERS) contestants.push(await peer(python, name, network));
      }
      for (const precision of precisions) peaks[precision] = Math.max(peaks[precision] ?? 0, await matmulPeak(precision));
      for (const { precision, matmul } of contestants) if (matmul) peaks[precision] = Math.max(peaks[precision] ?? 0, await matmul(2048), await matmul(3072));
      const measured = await measure(contestants, { network: `${network} to ${cut}`, gflop: gflopPerImage(backbone), rounds, seconds });
      rows.push(...measured);
      for (const contestant of contestants) await contestant.close();
      console.log(`\n${table(ofPeak(measured, peaks))}\n\n${bars(measured)}\n`);
      if (!threads.length) {
        threads = await scaleThreads(precisions, (precision, n) => bareOnnx(backbone, images, calibration, precision, folder, n), seconds);
        console.log(`threads: ${threads.map((t) => `${t.precision} with ${t.threads}: ${t.rate.toFixed(1)}/s`).join(', ')}\n`);
      }
      whole.dispose();
    }
    const scaling = values.scaling ? await scaleImages([256, 1000, 10_000], folder) : [];
    for (const s of scaling)
      console.log(`${s.images} images: ${((1000 * s.seconds) / s.images).toFixed(1)} ms each, ${s.memoryMiB.toFixed(0)} MiB at the peak`);
    const stages = await wholeJob(Boolean(values.quick), folder);
    console.log(`${stages.what}: ${Object.entries(stages.seconds).map(([stage, s]) => `${stage} ${s.toFixed(1)} s`).join(', ')}`); // prettier-ignore
    const report: Report = {
      date: new Date().toISOString(),
      commit: commit() ?? 'unknown',
      machine,
      versions: { node: process.versions.node, tensorflow: backend.version, 'onnxruntime-node': (await import('onnxruntime-node')).env.versions.node, ...(python && peerVersions(python)) },
      networks,
      peaks,
      rows: ofPeak(rows, peaks),
      threads,
      scaling,
      stages,
    }; // prettier-ignore
    mkdirSync('results', { recursive: true });
    replaceFile('results/bench.json', `${JSON.stringify(report, null, 2)}\n`);
    replaceFile('results/bench.html', benchPage(report));
    console.log('\nwritten down in results/bench.json and results/bench.html');
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Multiplications and additions of the convolutions and fully connected layers, in thousands of millions. */
export function gflopPerImage(backbone: tf.LayersModel): number {
  let flop = 0;
  for (const layer of backbone.layers) {
    const kernel = layer.getWeights()[0];
    if (!kernel) continue;
    const places = (layer.outputShape as number[]).slice(1, -1).reduce((a, b) => a * b, 1);
    flop += 2 * kernel.size * places;
  }
  return flop / 1e9;
}

/** Each contestant in turn, several times, so that a busy moment of the machine meets all alike. */
async function measure(
  contestants: readonly Contestant[],
  { network, gflop, rounds, seconds }: { network: string; gflop: number; rounds: number; seconds: number },
): Promise<Row[]> {
  const sizes = new Map<Contestant, number>();
  const turns = new Map<Contestant, number[]>();
  for (const contestant of contestants) {
    sizes.set(contestant, await turnSize(contestant, seconds));
    turns.set(contestant, []);
  }
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) {
      const n = sizes.get(contestant)!;
      turns.get(contestant)!.push(n / (await contestant.run(n)));
    }
  }
  return contestants.map((contestant) => {
    const rates = turns.get(contestant)!;
    const rate = [...rates].sort((a, b) => a - b)[Math.floor(rates.length / 2)];
    return { network, name: contestant.name, precision: contestant.precision, turns: rates, rate, gflops: rate * gflop };
  });
}

/** How many images fill a turn: one batch, which warms up as well, says how long it takes. */
async function turnSize(contestant: Contestant, seconds: number): Promise<number> {
  return Math.max(1, Math.min(200, Math.round(seconds / (await contestant.run(BATCH))))) * BATCH;
}

/** Rows with their share of the machine's peak, as far as it is known by now. */
const ofPeak = (rows: readonly Row[], peaks: Readonly<Record<string, number>>): Row[] =>
  rows.map((row) => ({ ...row, share: peaks[row.precision] ? row.gflops / peaks[row.precision] : undefined }));

async function scaleThreads<P extends string>(
  precisions: readonly P[],
  open: (precision: P, threads: number) => Promise<Contestant>,
  seconds: number,
): Promise<Report['threads']> {
  const rows = [];
  for (const precision of precisions) {
    for (let threads = 1; threads <= os.availableParallelism(); threads *= 2) {
      const contestant = await open(precision, threads);
      const n = await turnSize(contestant, seconds);
      rows.push({ threads, precision, rate: n / (await contestant.run(n)) });
      await contestant.close();
    }
  }
  return rows;
}

/** `graft features` on ever more images, each in a process of its own. */
async function scaleImages(sizes: readonly number[], folder: string): Promise<Report['scaling']> {
  const rows = [];
  for (const images of sizes) {
    const { seconds, peakMemoryMiB } = await graftJson<{ seconds: number; peakMemoryMiB: number }>([
      'features', '--size', String(images), '--precision', 'auto', '--dtype', 'auto', '--cache', path.join(folder, `scaling-${images}`),
    ]); // prettier-ignore
    rows.push({ images, seconds, memoryMiB: peakMemoryMiB });
  }
  return rows;
}

/** `graft train` from bytes to a tested head. */
async function wholeJob(quick: boolean, folder: string): Promise<Report['stages']> {
  const size = quick ? ['--backbone', 'vgg19-mini', '--train', '200', '--test', '100', '--epochs', '2'] : ['--train', '500', '--test', '200'];
  const run = await graftJson<{ seconds: Record<string, number>; data: { train: { name: string }; test: { name: string } }; backbone: { network: string; cut: string }; engine: string }>(
    ['train', ...size, '--cache', path.join(folder, 'job'), '--runs', path.join(folder, 'runs')],
  ); // prettier-ignore
  return {
    what: `graft train, ${run.data.train.name}, ${run.data.test.name}, ${run.backbone.network} to ${run.backbone.cut}, ${run.engine}`,
    seconds: run.seconds,
  };
}

async function graftJson<T>(args: readonly string[]): Promise<T> {
  const child = spawn(process.execPath, [path.join(ROOT, 'src/graft.mjs'), ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, failure] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (!out) throw new Error(failure);
  return JSON.parse(out) as T;
}

/** The peers' Python: the set-up's environment with Keras, with PyTorch and OpenVINO added to it once. */
function setUpPeers(): string {
  const folder = path.join(ROOT, '.venv/peers');
  const python = path.join(folder, 'bin/python');
  execFileSync(process.execPath, [path.join(ROOT, 'src/setup/setup.mjs'), '--peers'], { stdio: 'inherit' });
  if (!existsSync(path.join(folder, 'done'))) {
    console.log('setting up PyTorch and OpenVINO in .venv/peers …');
    const packages = ['-r', path.join(ROOT, 'src/bench/peers.txt')];
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages], { stdio: 'inherit' });
    replaceFile(path.join(folder, 'done'), '');
  }
  return python;
}

function peerVersions(python: string): Record<string, string> {
  const code = 'import importlib.metadata as m, json; print(json.dumps({n: m.version(n) for n in ["torch", "openvino"]}))';
  return JSON.parse(execFileSync(python, ['-c', code], { encoding: 'utf8' })) as Record<string, string>;
}
