import type { Embedding } from '../../../analysis/embedding.ts';
import type { Dataset } from '../../../data/dataset.ts';
import type { Features } from '../../../features/features.ts';
import { show } from '../../show/display.ts';
import type { Evaluation } from '../../../training/evaluation/evaluation.ts';
import { type Box, columns, rows } from '../controls/boxes.ts';
import { button } from '../controls/button.ts';
import { widget } from '../controls/own-widget.ts';
import { range } from '../controls/range.ts';
import { select } from '../controls/select.ts';
import { brushedMap } from './map.ts';
import { nearestTo } from './nearest.ts';
import { type Thumbnail, thumbnailsHtml, thumbnailsOf, THUMBNAILS_CSS, THUMBNAILS_ESM } from './thumbnails.ts';

export interface ExploreImagesOptions {
  /** A model's results on these pictures, to choose by prediction and confidence. @default none */
  readonly by?: Evaluation;
  /** Features of these pictures, to show a clicked picture's nearest ones. @default none */
  readonly features?: Features;
  /** A map of these pictures, by `embedding`: a rectangle drawn on it chooses those inside. @default none */
  readonly map?: Pick<Embedding, 'points'>;
  /** How many pictures are on a page. @default 40 */
  readonly page?: number;
}

const ALL = 'all';

/**
 * Shows a data set in pages of thumbnails, which are made when they are seen: 100,000 pictures are no more work than
 * 40. With an evaluation one chooses by prediction and confidence too, with a map by a rectangle drawn on it, with features a
 * click shows a picture's nearest.
 * @throws RangeError if evaluation, features or map are of another number of pictures
 * @example
 * await exploreImages(images.test);
 */
export async function exploreImages(
  dataset: Dataset,
  { by, features, map, page = 40 }: ExploreImagesOptions = {},
): Promise<Box> {
  if (!(Number.isInteger(page) && page > 0))
    throw new RangeError(`exploreImages: page: expected a whole number from 1; got ${page}.`);
  for (const [name, n] of [
    ['by', by?.labels.length],
    ['features', features?.shape[0]],
  ] as const)
    if (n !== undefined && n !== dataset.n)
      throw new RangeError(`exploreImages: ${name}: expected one for each of ${dataset.n} pictures; got ${n}.`);
  const className = select([ALL, ...dataset.classNames], { label: 'class' });
  const predicted = select([ALL, ...(by?.classNames ?? [])], { label: 'predicted' });
  const confidence = range(0, 1, { label: 'confidence', step: 0.05 });
  const [back, next] = [button('Previous page'), button('Next page')];
  const pictures = widget({
    esm: THUMBNAILS_ESM,
    css: THUMBNAILS_CSS,
    label: 'pictures',
    state: { pictures: [] as readonly Thumbnail[], said: '', clicked: -1 },
    accept: (name, sent) => (name === 'clicked' && Number.isInteger(sent) ? sent : undefined),
    html: thumbnailsHtml,
  });
  const chosen = map && brushedMap(dataset, map);
  /** Finds the pictures that all controls choose. */
  const found = (): number[] => {
    const inside = chosen?.inside() ?? (() => true);
    const [ofClass, asClass, [low, high]] = [className.value, predicted.value, confidence.value];
    const { classNames, labels } = dataset;
    const isChosen = (i: number): boolean =>
      (ofClass === ALL || ofClass === classNames[labels[i]]) &&
      (!by ||
        ((asClass === ALL || asClass === by.classNames[by.predictions[i]]) &&
          by.confidence[i] >= low &&
          by.confidence[i] <= high)) &&
      inside(i);
    return Array.from(labels.keys()).filter(isChosen);
  };

  let from = 0;
  let latest = 0;
  const draw = async (at: number): Promise<void> => {
    const own = ++latest;
    const all = found();
    from = Math.max(0, at < all.length ? at : from);
    const some = all.slice(from, from + page);
    const made = await thumbnailsOf(dataset, by, some);
    if (own !== latest) return; // another page is wanted already
    const said = `${from + 1} to ${from + some.length} of ${all.length.toLocaleString('en-US')} pictures`;
    pictures.value = { pictures: made, said: some.length ? said : 'No picture is like this.', clicked: -1 };
  };
  back.addEventListener('change', () => draw(from - page));
  next.addEventListener('change', () => draw(from + page));
  const again = (): Promise<void> => {
    from = 0;
    return draw(0);
  };
  className.addEventListener('change', again);
  predicted.addEventListener('change', again);
  confidence.addEventListener('change', again);
  chosen?.control.addEventListener('change', again);
  pictures.addEventListener('change', async () => {
    const { clicked } = pictures.value;
    if (clicked >= 0 && clicked < dataset.n) await show(await nearestTo(dataset, features, clicked));
  });
  await draw(0);
  return rows(
    columns(className, ...(by ? [predicted, confidence] : [])),
    ...(chosen ? [chosen.control] : []),
    pictures,
    columns(back, next),
  );
}
