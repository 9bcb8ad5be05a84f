import { defaultData, loadData } from '../../data/load.ts';
import type { Photos, PhotosOptions } from '../../data/photos.ts';
import type { Splits } from '../../data/subset.ts';
import { progressBar } from '../../host/progress.ts';
import type { ValuesOf } from '../command.mjs';
import type { backboneFlags } from '../backbone-flags.mjs';

/**
 * Loads what `--data` names; what is wrong with a folder of photos is told before anything is computed.
 * @param options how photos are read, where that is not for flags to say
 */
export async function load(
  { data = defaultData(), fit, 'test-share': testShare, strict, seed }: ValuesOf<typeof backboneFlags>,
  signal: AbortSignal,
  options: PhotosOptions = {},
): Promise<Splits> {
  const progress = progressBar('files');
  const splits = await loadData(data, { fit, testShare, strict, seed, progress, signal, ...options });
  if (splits.kind === 'photos') process.stderr.write(`${String((splits as Photos).findings)}\n`);
  return splits;
}
