import type { Dataset } from '../../../data/dataset.ts';
import type { AugmentOptions } from '../../../pixels/augment.ts';
import { augmentationGrid } from '../../../plots/pictures/augmentations.ts';
import { type Interaction, interact } from '../interact.ts';
import { checkbox } from '../controls/checks.ts';
import type { Control } from '../controls/control.ts';
import { select } from '../controls/select.ts';
import { slider } from '../controls/slider.ts';

export interface ExploreAugmentationOptions {
  /** What is done besides, whatever the controls say, in the words of `augmented`. @default nothing */
  readonly how?: AugmentOptions;
  /** How many pictures are shown, one of each class first. @default 8 */
  readonly count?: number;
  /** The seed of the first draw; with `precompute` the only one. @default 1 */
  readonly seed?: number;
  /** Draws 27 combinations now, each control with three values, so that the exported page moves too. @default false */
  readonly precompute?: boolean;
}

/**
 * Shows what augmentation does to a few pictures, the unchanged ones above; controls choose how far pictures are
 * turned, shifted and zoomed, whether they are mirrored, and the seed of the draw.
 * @returns an interaction whose value is HTML
 * @example
 * exploreAugmentation(images.train);
 */
export function exploreAugmentation(
  dataset: Dataset,
  { how = {}, count = 8, seed = 1, precompute = false }: ExploreAugmentationOptions = {},
): Interaction<string> {
  const upTo = (label: string, most: number, values: readonly number[]): Control<number> =>
    precompute ? select(values, { value: values[1], label }) : slider(0, most, { value: values[1], label });
  const controls = {
    turned: upTo('turned by up to, °', 90, [0, 15, 45]),
    shifted: upTo('shifted by up to', 0.5, [0, 0.1, 0.3]),
    zoomed: upTo('zoomed by up to', 0.5, [0, 0.2, 0.5]),
    // eight times as many states would say little more
    ...(!precompute && {
      mirrored: checkbox({ label: 'mirrored', value: Boolean(how.horizontalFlip) }),
      draw: slider(seed, seed + 20, { label: 'seed' }),
    }),
  };
  return interact(
    controls,
    (chosen) => {
      const { turned, shifted, zoomed, mirrored, draw } = {
        mirrored: how.horizontalFlip ?? false,
        draw: seed,
        ...chosen,
      };
      const changed: AugmentOptions = {
        ...how,
        rotationRange: turned,
        widthShiftRange: shifted,
        heightShiftRange: shifted,
        zoomRange: zoomed,
        horizontalFlip: mirrored,
      };
      return augmentationGrid(dataset, { chosen: changed }, { count, seed: draw });
    },
    { precompute },
  );
}
