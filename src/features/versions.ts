import type { Dataset } from '../data/dataset.ts';
import { decoderVersions } from '../data/pictures/decoder-versions.ts';
import type { RunningBackbone } from '../runtime/running.ts';
import type { Versions } from '../storage/rows/versions.ts';

/** Says what makes the features of pictures: what computes, whichever engine it is, and what decodes. */
export const versionsAtWork = async (
  { description, computed = description }: Pick<RunningBackbone, 'computed' | 'description'>,
  images: Dataset,
): Promise<Versions> => ({ computed, decoded: await decoderVersions(images) });
