import type { TrainedPicture } from '../facts.ts';
import { fromBase64 } from './embedded.ts';

/** How many are shown. */
const SHOWN = 3;

/**
 * Gives a function that finds the training pictures which look to the network most like a new one, by the cosine of
 * their embedding.
 */
export function nearestAmong(trained: readonly TrainedPicture[]): (embedding: Float32Array) => TrainedPicture[] {
  const rows = trained.map(({ embedding }) => {
    const values = new Int8Array(fromBase64(embedding).buffer);
    return { values, length: Math.sqrt(values.reduce((sum, value) => sum + value * value, 0)) || 1 };
  });
  return (embedding) => {
    const similarity = rows.map(
      ({ values, length }) => values.reduce((sum, value, i) => sum + value * embedding[i], 0) / length,
    );
    const order = [...similarity.keys()].sort((a, b) => similarity[b] - similarity[a]);
    return order.slice(0, SHOWN).map((i) => trained[i]);
  };
}
