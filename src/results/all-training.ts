import type { Dataset } from '../data/dataset.ts';
import { join } from '../data/join.ts';
import type { Sample } from '../data/subset.ts';

/** The training images with the validation images: what is left to do once everything is chosen. */
export const allTraining = ({ train, validation }: Sample): Dataset =>
  validation ? join([train, validation], { name: 'training and validation images' }) : train;
