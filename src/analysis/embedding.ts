import { random } from '../random.ts';
import type { LabelledFeatures } from '../training/data.ts';
import { nearestNeighbours } from './neighbours.ts';

export interface EmbeddingOptions {
  /** Few show detail, many the whole, 2..N-1. @default 15 */
  readonly neighbours?: number;
  /** How close points may lie, 0..1. @default 0.1 */
  readonly minDistance?: number;
  /** @default 300 */
  readonly epochs?: number;
  /** @default 1 */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/**
 * A map of the features: two coordinates for each image, such that neighbours stay neighbours (L. McInnes, J. Healy and
 * J. Melville, "UMAP", 2018, by umap-js, on exact cosine neighbours).
 * @param features [N, …]
 * @returns [N, 2]; distances between far groups mean little
 */
export async function embedding(features: LabelledFeatures['features'], options: EmbeddingOptions = {}): Promise<[x: number, y: number][]> {
  const { neighbours = 15, minDistance = 0.1, epochs = 300, seed = 1, signal } = options;
  const n = features.shape[0];
  if (!Number.isInteger(neighbours) || neighbours < 2 || neighbours >= n)
    throw new RangeError(`neighbours: expected a whole number from 2 to ${n - 1}; got ${neighbours}.`);
  if (!(minDistance >= 0 && minDistance <= 1)) throw new RangeError(`minDistance: expected a number from 0 to 1; got ${minDistance}.`);
  const { UMAP } = await import('umap-js');
  const { indices, similarities } = nearestNeighbours(features, features, { count: neighbours });
  const rows = <T extends Int32Array | Float32Array>(values: T, of: (value: number) => number): number[][] =>
    Array.from({ length: n }, (_, i) => Array.from(values.subarray(i * neighbours, (i + 1) * neighbours), of));
  const umap = new UMAP({ nNeighbors: neighbours, minDist: minDistance, nEpochs: epochs, random: random(seed, 'umap') });
  umap.setPrecomputedKNN(rows(indices, (i) => i), rows(similarities, (cosine) => Math.max(0, 1 - cosine))); // prettier-ignore
  // with neighbours given, it asks its rows for nothing but their number
  const map = await umap.fitAsync(Array.from({ length: n }, (_, i) => [i]), () => !signal?.aborted); // prettier-ignore
  signal?.throwIfAborted();
  return map as [number, number][];
}
