import type { Dataset } from '../data/dataset.ts';
import { median } from '../median.ts';
import type { Backbone } from '../models/backbone.ts';
import { rowCosines } from './calibrate.ts';
import { type EngineName, openBackbone, type RunningBackbone } from './running.ts';

/** Pictures a batch, as extraction has them, and fewer for a network that takes long. */
const [BATCH, SMALL_BATCH] = [8, 2];
/** More seconds a picture take long. */
const LONG = 0.05;
/** How many batches are in flight, as extraction has them. */
const IN_FLIGHT = 2;
/** About how many seconds a race takes, and the least and the most turns of each. */
const [SECONDS, LEAST_TURNS, MOST_TURNS] = [4, 3, 9];

/** A backbone in an engine. */
export interface Racer {
  readonly engine: EngineName;
  readonly backbone: Backbone;
}

/** What a race measured of one racer. */
export interface Lap {
  /** The median over its turns. */
  readonly secondsPerImage: number;
  /** How many times as fast it is as the first racer: the median over turns, each beside the first's next to it. */
  readonly ratio: number;
  /** The share of its turns that were faster than the first's next to it, 0..1. */
  readonly ahead: number;
  /** Mean cosine of its features and the first's on a batch. */
  readonly agreement: number;
}

export interface RaceOptions {
  readonly worth?: number;
  readonly signal?: AbortSignal;
  readonly onTurn?: (done: number, total: number) => void;
}

/**
 * Races backbones against the first of them, in turns, so that a busy moment of the machine meets all alike.
 * @param images 8 or more, in the size that all of them take
 * @param options.worth there is no race if the first one needs no more seconds than this for all images @default 0
 * @param options.onTurn is called after each turn
 * @returns undefined if there was no race
 * @throws what an engine throws that cannot run here
 */
export async function race(
  racers: readonly Racer[],
  images: Dataset,
  { worth = 0, signal, onTurn }: RaceOptions = {},
): Promise<Lap[] | undefined> {
  const pixels = await images.read(0, BATCH);
  const bytes = pixels.length / BATCH;
  const open: RunningBackbone[] = [];
  const rows: Float32Array[] = [];
  try {
    const lap = async (running: RunningBackbone, n: number): Promise<number> => {
      signal?.throwIfAborted();
      const started = performance.now();
      await Promise.all(Array.from({ length: IN_FLIGHT }, () => running.run(pixels.subarray(0, n * bytes), n)));
      return (performance.now() - started) / 1000 / (n * IN_FLIGHT);
    };
    let once = 0;
    for (const { engine, backbone } of racers) {
      const running = await openBackbone(backbone, { engine, imageSize: images.imageSize });
      open.push(running);
      rows.push(await running.run(pixels, BATCH)); // warms it up, too
      once += await lap(running, SMALL_BATCH);
      if (open.length === 1 && once * images.n <= worth) return undefined;
    }
    const n = once / open.length > LONG ? SMALL_BATCH : BATCH;
    const turns = Math.max(LEAST_TURNS, Math.min(MOST_TURNS, Math.round(SECONDS / (once * n * IN_FLIGHT))));
    const seconds = open.map((): number[] => []);
    for (let turn = 0; turn < turns; turn++) {
      for (const [i, running] of open.entries()) seconds[i].push(await lap(running, n));
      onTurn?.(turn + 1, turns);
    }
    const ratios = seconds.map((own) => own.map((one, turn) => seconds[0][turn] / one));
    return seconds.map((own, i) => ({
      secondsPerImage: median(own),
      ratio: median(ratios[i]),
      ahead: ratios[i].filter((ratio) => ratio > 1).length / turns,
      agreement: rowCosines(rows[0], rows[i], BATCH).reduce((sum, one) => sum + one, 0) / BATCH,
    }));
  } finally {
    for (const running of open) await running.close();
  }
}
