import type { Dataset } from '../../../data/dataset.ts';
import { type Features, pickFeatures } from '../../../features/features.ts';
import { nearestNeighbours } from '../../../features/neighbours.ts';
import { pictureGrid, tilesOf } from '../../../plots/pictures/pictures.ts';

const MOST = 9;

/** Shows a picture and those whose features are nearest to its own; without features it alone, with its facts. */
export async function nearestTo(dataset: Dataset, features: Features | undefined, index: number): Promise<string> {
  const nameOf = (i: number): string => dataset.classNames[dataset.labels[i]];
  if (!features) {
    const tiles = await tilesOf(dataset, [index], () => ({ lines: [nameOf(index)] }));
    return pictureGrid(tiles, { alt: `Picture ${index}`, title: `Picture ${index}`, side: 160 });
  }
  const count = Math.min(MOST, features.shape[0]);
  const { indices, similarities } = await nearestNeighbours(pickFeatures(features, [index]), features, { count });
  const others = Array.from(indices, (i, place) => ({ i, similarity: similarities[place] })).filter(
    ({ i }) => i !== index,
  );
  const tiles = await tilesOf(dataset, [index, ...others.map(({ i }) => i)], (place) => ({
    lines: place
      ? [nameOf(others[place - 1].i), `cosine ${others[place - 1].similarity.toFixed(3)}`]
      : [nameOf(index), 'clicked'],
  }));
  return pictureGrid(tiles, {
    alt: `Picture ${index} and the ${others.length} nearest to it`,
    title: `Nearest to picture ${index}`,
    side: 96,
  });
}
