import path from 'node:path';
import type { Dataset } from '../data/dataset.ts';
import { isGone } from '../storage/rows/row-set.ts';
import type { Features } from './features.ts';
import type { Extraction } from './fill.ts';

/**
 * Does the work on features that are kept at a place: rows that are there are brought before it, and new ones are put
 * there after it, however it ended.
 * @param work extracts in the folder here
 * @returns features whose rows are brought again if others needed their room meanwhile
 */
export async function atPlace(plan: Extraction, images: Dataset, work: () => Promise<Features>): Promise<Features> {
  const { mirror, folder, dtype, backbone } = plan;
  if (!mirror) return work();
  const { outputShape } = backbone;
  const set = path.basename(folder);
  const held: (() => void)[] = [];
  const bring = async (): Promise<void> => void held.push(await mirror.bringRows(set, outputShape, dtype, images.keys));
  const release = (): void => held.splice(0).forEach((one) => one());
  try {
    await bring();
    const features = await work().finally(() => mirror.sendRows(set, outputShape));
    return {
      ...features,
      async rows(indices, views) {
        try {
          return await features.rows(indices, views);
        } catch (error) {
          if (!isGone(error)) throw error;
        }
        await bring();
        return features.rows(indices, views);
      },
      close() {
        features.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}
