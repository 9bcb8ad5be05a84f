import * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import { decoderVersions } from '../data/pictures/decoder-versions.ts';
import type { RunningBackbone } from '../runtime/running.ts';
import type { Versions } from '../storage/rows/versions.ts';

/** What makes the features of pictures: what computes, whichever engine it is, and what decodes. */
export async function versionsAtWork(
  { engine, description }: Pick<RunningBackbone, 'engine' | 'description'>,
  images: Dataset,
): Promise<Versions> {
  // layers are TensorFlow.js', whichever library multiplies
  const layers =
    engine === 'tensorflow' && !description.startsWith('TensorFlow.js') ? `TensorFlow.js ${tf.version.tfjs}, ` : '';
  return { computed: `${layers}${description}`, decoded: await decoderVersions(images) };
}
