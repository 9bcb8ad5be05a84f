import type { Features } from '../features/features.ts';
import type { DataFacts } from './history.ts';

/** Says what a record holds about features. */
export const dataFacts = ({ id, name, shape, views, origin }: Features): DataFacts => ({
  id,
  name,
  n: shape[0],
  views,
  ...(origin && { origin }),
});
