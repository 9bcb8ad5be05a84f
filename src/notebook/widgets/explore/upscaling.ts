import type { Dataset } from '../../../data/dataset.ts';
import { interpolationComparison } from '../../../plots/pictures/interpolations.ts';
import { positionsByClass } from '../../../plots/pictures/sample-grid.ts';
import { type Interaction, interact } from '../interact.ts';
import { select } from '../controls/select.ts';

export interface ExploreUpscalingOptions {
  /** The pictures to choose from, by their positions. @default the first of each class, at most 20 */
  readonly pictures?: readonly number[];
  /** The sides to choose from, in pixels; the last one is shown first. @default 64, 128, 224 */
  readonly sizes?: readonly number[];
  /** Draws all combinations now, so that the exported page moves too. @default false */
  readonly precompute?: boolean;
}

/**
 * Shows a picture upscaled with every interpolation; controls choose the picture and how large it becomes.
 * @returns an interaction whose value is HTML
 * @throws RangeError at a picture that the data set has not, or a size below 1
 * @example
 * exploreUpscaling(images.test, { sizes: [64, 224] });
 */
export function exploreUpscaling(
  dataset: Dataset,
  { pictures = firstOfEach(dataset), sizes = [64, 128, 224], precompute = false }: ExploreUpscalingOptions = {},
): Interaction<string> {
  const controls = {
    picture: select(named(dataset, pictures)),
    size: select(sizes, { value: sizes.at(-1) }),
  };
  return interact(controls, ({ picture, size }) => interpolationComparison(dataset, picture, { size }), { precompute });
}

const MOST = 20;

const firstOfEach = (dataset: Dataset): number[] =>
  positionsByClass(dataset)
    .flatMap((own) => own.slice(0, 1))
    .slice(0, MOST);

function named(dataset: Dataset, pictures: readonly number[]): Record<string, number> {
  const wrong = pictures.find((i) => !(Number.isInteger(i) && i >= 0 && i < dataset.n));
  if (wrong !== undefined)
    throw new RangeError(`exploreUpscaling: pictures: expected positions from 0 to ${dataset.n - 1}; got ${wrong}.`);
  return Object.fromEntries(pictures.map((i) => [`${dataset.classNames[dataset.labels[i]]}, picture ${i}`, i]));
}
