import type { Features } from '../features/features.ts';
import { cellSignal } from '../host/host.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { random } from '../random.ts';
import { nearestNeighbours } from '../features/neighbours.ts';

export interface EmbeddingOptions {
  /** How many neighbours count: few show detail, many the whole, 2..N-1. @default 15 */
  readonly neighbours?: number;
  /** How close together points may lie, 0..1. @default 0.1 */
  readonly minDistance?: number;
  /** @default 300 */
  readonly epochs?: number;
  /** @default 1 */
  readonly seed?: number;
  /** Ends it after the current epoch. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/** A map of features. */
export interface Embedding {
  readonly kind: 'embedding';
  /** [N, 2]; distances between far groups mean little. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** What it rests on, in words. */
  readonly basis: string;
}

/**
 * Makes a map of the features: two coordinates for each image, so that neighbours stay neighbours (L. McInnes, J. Healy
 * and J. Melville, "UMAP", 2018, by umap-js, on exact cosine neighbours).
 * @param features [N, …]
 * @throws RangeError naming the option that is out of its range; the signal's reason when aborted
 * @example
 * const { points } = await embedding(train);
 */
export async function embedding(features: Features, options: EmbeddingOptions = {}): Promise<Embedding> {
  const { neighbours = 15, minDistance = 0.1, epochs = 300, seed = 1, signal = cellSignal() } = options;
  const n = features.shape[0];
  checkOptions('embedding', { neighbours, minDistance, epochs, seed }, { neighbours: { to: n - 1 } });
  const { UMAP } = await import('umap-js');
  const { indices, distances } = await neighboursWithSelf(features, neighbours, signal);
  const umap = new UMAP({
    nNeighbors: neighbours,
    minDist: minDistance,
    nEpochs: epochs,
    random: random(seed, 'umap'),
  });
  umap.setPrecomputedKNN(indices, distances);
  // with neighbours given, it only needs the number of its rows
  const positions = Array.from({ length: n }, (_, i) => [i]);
  const points = await umap.fitAsync(positions, () => !signal?.aborted);
  signal?.throwIfAborted();
  const basis = `${features.name}; UMAP of ${neighbours} neighbours by cosine, ${epochs} epochs, seed ${seed}`;
  return { kind: 'embedding', points: points as [number, number][], basis };
}

/** Copies have a cosine this near to 1: what is missing is the rounding of float32. */
const SAME = 1e-6;

/**
 * Finds the nearest neighbours of each row in the form that UMAP takes: the row itself first, at a distance of exactly
 * 0, then the others. UMAP takes the first distance above 0 as the reach of a point's surroundings, so this must not be
 * a rounded 0.
 * @param count neighbours of each row, the row itself among them
 */
export async function neighboursWithSelf(
  features: Features,
  count: number,
  signal?: AbortSignal,
): Promise<{ readonly indices: number[][]; readonly distances: number[][] }> {
  const found = await nearestNeighbours(features, features, { count, signal });
  const [indices, distances]: [number[][], number[][]] = [[], []];
  for (let i = 0; i < features.shape[0]; i++) {
    const others = Array.from({ length: count }, (_, j) => i * count + j)
      .filter((at) => found.indices[at] !== i)
      .slice(0, count - 1);
    indices.push([i, ...others.map((at) => found.indices[at])]);
    distances.push([0, ...others.map((at) => 1 - found.similarities[at]).map((far) => (far < SAME ? 0 : far))]);
  }
  return { indices, distances };
}
