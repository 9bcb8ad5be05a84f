import os from 'node:os';
import type * as tf from '@tensorflow/tfjs';
import { AHEAD } from '../features/compute.ts';
import { BATCH, type Contestant } from './peers/contestants.ts';
import type { BenchRow, Report } from './report.ts';
import { median } from '../median.ts';

/**
 * Counts the multiplications and additions of the convolutions and fully connected layers, in thousands of millions.
 */
export function gflopPerImage(backbone: tf.LayersModel): number {
  let flop = 0;
  for (const layer of backbone.layers) {
    const kernel = layer.getWeights()[0];
    if (!kernel) continue;
    const positions = (layer.outputShape as number[]).slice(1, -1).reduce((a, b) => a * b, 1);
    flop += 2 * kernel.size * positions;
  }
  return flop / 1e9;
}

/** Runs each contestant in turn, several times, so that a busy moment of the machine meets all alike. */
export async function measure(
  contestants: readonly Contestant[],
  { network, gflop, rounds, seconds }: { network: string; gflop: number; rounds: number; seconds: number },
): Promise<BenchRow[]> {
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
    const rate = median(rates);
    return {
      network,
      name: contestant.name,
      precision: contestant.precision,
      turns: rates,
      rate,
      gflops: rate * gflop,
    };
  });
}

/**
 * Batches of the first turn: two that are computed side by side end together, so they do not tell how long one takes.
 */
const FIRST = 2 * AHEAD;

/** Finds how many images fill a turn: a short one, which also warms up, tells how long a batch takes. */
async function turnSize(contestant: Contestant, seconds: number): Promise<number> {
  const batch = (await contestant.run(FIRST * BATCH)) / FIRST;
  return Math.max(1, Math.min(200, Math.round(seconds / batch))) * BATCH;
}

/** Gives rows their share of the machine's peak, if it is known by now. */
export const ofPeak = (rows: readonly BenchRow[], peaks: Readonly<Record<string, number>>): BenchRow[] =>
  rows.map((row) => ({ ...row, share: peaks[row.precision] ? row.gflops / peaks[row.precision] : undefined }));

/** Measures the same work with 1, 2, 4 … threads. */
export async function scaleThreads<B>(
  backbones: readonly B[],
  open: (backbone: B, threads: number) => Promise<Contestant>,
  seconds: number,
): Promise<Report['threads']> {
  const rows = [];
  for (const backbone of backbones) {
    for (let threads = 1; threads <= os.availableParallelism(); threads *= 2) {
      const contestant = await open(backbone, threads);
      const n = await turnSize(contestant, seconds);
      rows.push({ threads, precision: contestant.precision, rate: n / (await contestant.run(n)) });
      await contestant.close();
    }
  }
  return rows;
}
