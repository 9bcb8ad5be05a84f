import type { Pair } from '../../features/neighbours.ts';
import type { Dataset } from '../../data/dataset.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import { joinCaption } from '../frame/captions.ts';
import { count, type DrawOptions } from '../frame/card.ts';
import { pictureGrid, tilesOf } from './pictures.ts';

export interface ClosestPairsOptions extends DrawOptions {
  /** The most pairs. @default 8 */
  readonly most?: number;
  /** The names of both sets, shown under their pictures. @default 'test' and 'train' */
  readonly names?: readonly [first: string, second: string];
  /** Where the cosines come from, like `features.name`. */
  readonly basis?: string;
}

/**
 * Shows images of one set beside those of another that are nearly the same to the network, the closest first.
 * @param first the set whose matches were sought, test images say
 * @param second the set that they were sought in, training images say
 * @param pairs pairs as `nearDuplicates` gives them
 * @returns HTML
 * @example
 * show(closestPairs(images.train, images.test, await nearDuplicates(train, test)));
 */
export async function closestPairs(
  first: Dataset,
  second: Dataset,
  pairs: readonly Pair[],
  { most = 8, names = ['test', 'train'], basis, caption }: ClosestPairsOptions = {},
): Promise<string> {
  checkOptions('closestPairs', { most });
  const shown = pairs.slice(0, most);
  const cosine = (i: number): string => shown[i].similarity.toFixed(3);
  const left = await tilesOf(
    first,
    shown.map((pair) => pair.first),
    () => ({ lines: [names[0]] }),
  );
  const right = await tilesOf(
    second,
    shown.map((pair) => pair.second),
    (i) => ({ lines: [names[1], cosine(i)] }),
  );
  const found = `images with a near-duplicate: ${count(pairs.length)} of ${count(first.n)}`;
  const closest = shown.length ? `shown: ${shown.length}, the closest first, with the cosine of their features` : '';
  return pictureGrid(
    left.flatMap((tile, i) => [tile, right[i]]),
    {
      side: 88,
      columns: 8,
      group: 2,
      title: `Closest pairs of ${names[0]} and ${names[1]} images`,
      alt: `${found}${shown.length ? `; the closest with a cosine of ${cosine(0)}` : ''}.`,
      caption: caption ?? joinCaption(basis ?? `${first.name}; ${second.name}`, found, closest),
    },
  );
}
