import { cifar10, findCifar10 } from './cifar10.ts';
import { cifar10Sample } from './cifar10-sample.ts';
import type { Images } from './images.ts';
import { shapes10 } from './shapes10.ts';

export const DATA_NAMES = ['cifar10', 'cifar10-sample', 'shapes10'] as const;
export type DataName = (typeof DATA_NAMES)[number];

/** CIFAR-10 where it is found, else the sample of it that comes with the project. */
export const defaultData = (): DataName => (findCifar10() ? 'cifar10' : 'cifar10-sample');

/**
 * A data set's images by name.
 * @param options.size only for shapes10, which is drawn to any size: how many images
 */
export async function loadImages(name: DataName, split: 'train' | 'test', { size }: { readonly size?: number } = {}): Promise<Images> {
  switch (name) {
    case 'cifar10':
      return cifar10({ split });
    case 'cifar10-sample':
      return cifar10Sample({ split });
    case 'shapes10':
      return shapes10({ split, size });
    default:
      throw new RangeError(`data: expected one of ${DATA_NAMES.join(', ')}; got "${String(name)}".`);
  }
}
