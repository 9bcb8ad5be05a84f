import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ValuesOf } from '../command/flags/flag.mjs';
import { asNetworkTakes, type Dataset, take } from '../data/dataset.ts';
import { defaultData, loadData } from '../data/load.ts';
import { photos } from '../data/photos.ts';
import { subset } from '../data/subset.ts';
import { commit } from '../host/commit.ts';
import { cpuModel, hasInt8Instructions } from '../host/machine.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { type Backbone, type LayersBackbone, backboneOf, withInt8 } from '../models/backbone.ts';
import { loadNetwork } from '../models/networks/network.ts';
import type { NetworkName } from '../models/networks/networks.ts';
import { cutAt } from '../models/surgery.ts';
import { findWeights } from '../models/networks/published-weights.ts';
import { calibrate } from '../runtime/calibrate.ts';
import { efficientNetLite0 } from '../backbones/load-backbone.ts';
import { closeIdle } from '../runtime/pool.ts';
import { replaceFile } from '../storage/files/replace-file.ts';
import { aroundText, measureAround } from './around.ts';
import { besideText, measureBeside } from './peers/beside.ts';
import { clusterText, measureCluster } from './cluster/cluster.ts';
import { bareOnnx, bareOpenVino, type Contestant, graft } from './peers/contestants.ts';
import type { flags } from './flags.mjs';
import { wholeJob } from './jobs.ts';
import { gflopPerImage, measure, ofPeak, scaleThreads } from './measure.ts';
import { matmulPeak } from './peak.ts';
import { openPeers } from './peers/peer.ts';
import { peerVersions, setUpPeers } from './peers/peers.ts';
import { benchPage } from './page.ts';
import { againstBare, againstBareText, bars, type Report, type BenchRow, table } from './report.ts';
import { lineText, measureScaling } from './scaling/scaling.ts';
import { writeScaling } from './scaling/scaling-page.ts';

/** How many images are read again and again, and on how many 8 bits are calibrated. */
const [IMAGES, CALIBRATION] = [2000, 80];

/** Networks and where they are cut. */
type Case = readonly [network: NetworkName | 'efficientnet-lite0', cut: string];
const LITE0 = ['efficientnet-lite0', 'features'] as const;
const CASES: readonly Case[] = [['vgg19', 'fc2'], ['vgg16', 'block5_pool'], LITE0];
const QUICK: readonly Case[] = [['vgg19-mini', 'fc2'], LITE0];
/** 407 million multiplications and as many additions (google/automl, efficientnet/lite/README.md). */
const LITE0_GFLOP = 0.814;

/** Measures, prints, and writes `results/bench.json` and `results/bench.html`. */
export async function runBench(options: ValuesOf<typeof flags>): Promise<void> {
  const { peers, quick = false, rounds = quick ? 1 : 3, seconds = quick ? 1 : 6 } = options;
  const backend = await useTensorFlow();
  const python = peers ? setUpPeers() : undefined;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'graft-bench-'));
  try {
    const memory = `${Math.round(os.totalmem() / 2 ** 30)} GiB`;
    const machine = `${cpuModel()}, ${os.availableParallelism()} threads, ${memory}, Node.js ${process.versions.node}`;
    console.log(`${machine}\n`);
    if (options.cluster) {
      const { train } = await loadData(defaultData());
      const [images, shards] = quick ? [960, 8] : [Math.min(10_000, train.n), 16];
      console.log(clusterText(await measureCluster({ images, shards, rounds })));
      return;
    }
    if (options.around) {
      for await (const one of measureAround(quick, options.before)) console.log(aroundText(one));
      return;
    }
    if (options.scaling) {
      const lines = await measureScaling(quick, (line) => console.log(lineText(line)));
      writeScaling({ date: new Date().toISOString(), commit: commit() ?? 'unknown', machine, lines });
      return;
    }
    if (options.photos !== undefined) {
      const { train } = await photos(options.photos);
      for await (const backbone of photoBackbones(asNetworkTakes(train, PHOTO_INPUT), quick))
        console.log(besideText(await measureBeside(backbone, train, folder, { rounds, most: quick ? 24 : 256 })));
      await closeIdle();
      return;
    }
    const { train } = await loadData(defaultData());
    const images = take(train, Math.min(IMAGES, train.n));
    const report = { networks: [] as string[], rows: [] as BenchRow[], peaks: {} as Record<string, number> };
    let threads: Report['threads'] = [];
    for (const [network, cut] of quick ? QUICK : CASES) {
      const { forms, gflop, weights, dispose } = await openCase(network, cut, images);
      report.networks.push(`${network} to ${cut}, ${weights}, ${gflop.toFixed(1)} GFLOP an image`);
      console.log(report.networks.at(-1));
      const contestants: Contestant[] = [];
      for (const form of forms)
        contestants.push(
          graft(form, images, folder),
          await bareOnnx(form, images),
          ...(await bareOpenVino(form, images)),
        );
      if (python && network !== 'efficientnet-lite0')
        contestants.push(...(await openPeers(forms, images, { python, network, folder })));
      await measurePeaks(report.peaks, contestants);
      const measured = await measure(contestants, { network: `${network} to ${cut}`, gflop, rounds, seconds });
      report.rows.push(...measured);
      for (const contestant of contestants) await contestant.close();
      await closeIdle();
      console.log(`\n${table(ofPeak(measured, report.peaks))}\n\n${bars(measured)}\n`);
      for (const pair of againstBare(measured)) console.log(againstBareText(pair));
      if (!threads.length) {
        threads = await scaleThreads(forms, (form, n) => bareOnnx(form, images, n), seconds);
        const parts = threads.map((t) => `${t.precision} with ${t.threads}: ${t.rate.toFixed(1)}/s`);
        console.log(`threads: ${parts.join(', ')}\n`);
      }
      dispose();
    }
    const stages = await wholeJob(quick, folder);
    const took = Object.entries(stages.seconds).map(([stage, s]) => `${stage} ${s.toFixed(1)} s`);
    console.log(`${stages.what}: ${took.join(', ')}`);
    write({
      date: new Date().toISOString(),
      commit: commit() ?? 'unknown',
      machine,
      versions: {
        node: process.versions.node,
        tensorflow: backend.version,
        'onnxruntime-node': (await import('onnxruntime-node')).env.versions.node,
        ...(python && peerVersions(python)),
      },
      ...report,
      rows: ofPeak(report.rows, report.peaks),
      threads,
      stages,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A network in every form that is measured. */
interface OpenCase {
  readonly forms: readonly Backbone[];
  readonly gflop: number;
  /** Whose weights they are, in words. */
  readonly weights: string;
  dispose(): void;
}

async function openCase(network: Case[0], cut: string, images: Dataset): Promise<OpenCase> {
  if (network === 'efficientnet-lite0')
    return { forms: [await efficientNetLite0({ cut })], gflop: LITE0_GFLOP, weights: 'its weights', dispose() {} };
  const found = findWeights(network);
  const whole = await loadNetwork(network, found ? {} : { weights: null });
  const backbone = cutAt(whole, cut);
  return {
    forms: await precisionsOf(backboneOf(backbone), images),
    gflop: gflopPerImage(backbone),
    weights: found ? 'its weights' : 'random weights',
    dispose: () => whole.dispose(),
  };
}

/** Opens what photos are usually given to: EfficientNet-Lite0, and VGG16 if its weights are there. */
async function* photoBackbones(images: Dataset, quick: boolean): AsyncGenerator<Backbone> {
  yield await efficientNetLite0();
  if (quick || !findWeights('vgg16')) return;
  const vgg16 = backboneOf(cutAt(await loadNetwork('vgg16'), 'block5_pool'));
  yield (await precisionsOf(vgg16, images))[0];
}

const PHOTO_INPUT = { size: 224, interpolation: 'bicubic' } as const;

/** Gives the backbone in each precision that suits this CPU. */
async function precisionsOf(float: LayersBackbone, images: Dataset): Promise<Backbone[]> {
  if (!hasInt8Instructions()) return [float];
  const few = subset(images, { size: Math.min(CALIBRATION, images.n) });
  const int8 = withInt8(float, await calibrate(float, few));
  return [int8, float];
}

/** Measures the GFLOP/s of a large matrix product in each precision; the best contestant counts. */
async function measurePeaks(peaks: Record<string, number>, contestants: readonly Contestant[]): Promise<void> {
  const atLeast = (precision: string, peak: number): void => {
    peaks[precision] = Math.max(peaks[precision] ?? 0, peak);
  };
  atLeast('float32', await matmulPeak('float32'));
  if (contestants.some(({ precision }) => precision === 'int8')) atLeast('int8', await matmulPeak('int8'));
  for (const { precision, matmul } of contestants) {
    if (matmul) atLeast(precision, Math.max(await matmul(2048), await matmul(3072)));
  }
}

function write(report: Report): void {
  mkdirSync('results', { recursive: true });
  replaceFile('results/bench.json', `${JSON.stringify(report, null, 2)}\n`);
  replaceFile('results/bench.html', benchPage(report));
  console.log('\nwritten down in results/bench.json and results/bench.html');
}
