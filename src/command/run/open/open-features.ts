import { type Dataset, take } from '../../../data/dataset.ts';
import { join } from '../../../data/join.ts';
import { type Splits, subset } from '../../../data/subset.ts';
import { isDataName } from '../../../data/load.ts';
import type { Photos, PhotosOptions } from '../../../data/photos.ts';
import { type Network, openNetwork } from '../../../experiments/open-network.ts';
import type { ExtractOptions } from '../../../features/extract.ts';
import { progressBar } from '../../../host/progress.ts';
import { CALIBRATED, HELD_OUT } from '../../../runtime/calibrate.ts';
import { defaultBackbone } from '../../../backbones/load-backbone.ts';
import type { ValuesOf } from '../../line/command.mjs';
import { asOptions } from '../../flags/option-flags.mjs';
import type { flags } from '../../features.mjs';
import { quoted, UsageError } from '../../line/usage-error.mjs';
import { load } from './load.ts';
import { sayFast } from '../print/say-fast.ts';

type Values = ValuesOf<typeof flags>;

/**
 * Opens the pictures that flags ask for and those that 8 bits are calibrated on (test images decide nothing), and says
 * how many were left out.
 */
export async function openImages(
  values: Values,
  signal: AbortSignal,
  how: PhotosOptions = {},
): Promise<{
  readonly images: Dataset;
  readonly calibration: Dataset;
  readonly leftOut: number;
  /** Where they come from, if they are photos. */
  readonly photos?: Photos;
}> {
  const { split = 'train', limit, size, seed } = values;
  const named = values.data === undefined || isDataName(values.data);
  if (how.groups !== undefined && named)
    throw new UsageError(`--groups: expected duplicates or none for a named data set; got ${quoted(how.groups)}.`);
  const splits = await load(asOptions(values), signal, how);
  const photos = splits.kind === 'photos' ? (splits as Photos) : undefined;
  const all = split === 'all' ? allOf(splits) : splits[split];
  for (const [flag, n] of Object.entries({ limit, size })) {
    if (n && n > all.n)
      throw new UsageError(`--${flag}: expected a whole number from 1 to ${all.n} (${all.name}); got ${n}.`);
  }
  return {
    images: size ? subset(all, { size, seed }) : limit ? take(all, limit) : all,
    calibration: subset(splits.train, { size: Math.min(CALIBRATED + HELD_OUT, splits.train.n), seed }),
    leftOut: photos?.findings.leftOut ?? 0,
    photos,
  };
}

/** Joins all pictures, training images first. */
function allOf({ train, validation, test }: Splits): Dataset {
  const parts = [train, validation, test].flatMap((part) => (part?.n ? [part] : []));
  return join(parts, { name: parts.map(({ name }) => name).join(', ') });
}

/** Opens the network that flags ask for. */
export function networkOfFlags(values: Values, images: Dataset): Promise<Network> {
  const { backbone = defaultBackbone(images), cut, fast } = values;
  if (fast) sayFast(backbone, cut);
  return openNetwork({ ...asOptions(values), backbone }, images);
}

/**
 * Says how features are made, as flags ask for it. A file may go anywhere, so it is exact unless they ask otherwise; a
 * plan decides in the same way as `graft train` and `extractFeatures`, which will use it.
 */
export const extractOptions = (
  values: Values,
  calibration: Dataset,
  signal: AbortSignal,
  otherwise: 'float32' | 'auto' = values.plan === undefined ? 'float32' : 'auto',
): ExtractOptions => {
  const { interpolation, preprocess, engine, calibrationPercentile, cache, batchSize, ...asked } = asOptions(values);
  const { precision = otherwise, dtype = otherwise } = asked;
  return {
    interpolation,
    preprocess,
    engine,
    precision,
    calibration,
    calibrationPercentile,
    dtype,
    cache,
    batchSize,
    progress: progressBar(),
    signal,
  };
};
