import type { Features } from '../features/features.ts';
import type { DataFacts } from './history.ts';

/** Of features, what a record says. */
export const dataFacts = ({ id, name, shape, views, origin }: Features): DataFacts => ({
  id,
  name,
  n: shape[0],
  views,
  ...(origin && { origin }),
});
