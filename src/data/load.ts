import { findCifar10 } from '../storage/cifar10-files.ts';
import { cifar10 } from './cifar10.ts';
import { cifar10Sample } from './cifar10-sample.ts';
import { shapes10 } from './shapes10.ts';
import type { Splits } from './subset.ts';

export const DATA_NAMES = ['cifar10', 'cifar10-sample', 'shapes10'] as const;
export type DataName = (typeof DATA_NAMES)[number];

/** CIFAR-10 where it is found, else the sample of it that comes with the project. */
export const defaultData = (): DataName => (findCifar10() ? 'cifar10' : 'cifar10-sample');

const SOURCES: Readonly<Record<DataName, () => Promise<Splits>>> = {
  cifar10: () => cifar10(),
  'cifar10-sample': () => cifar10Sample(),
  shapes10: () => Promise.resolve(shapes10()),
};

/**
 * Loads a data set by name.
 * @param name `cifar10`, `cifar10-sample` or `shapes10` @default CIFAR-10 where it is found, else the sample
 * @throws RangeError naming the data sets there are
 */
export async function loadData(name: DataName = defaultData()): Promise<Splits> {
  if (!DATA_NAMES.includes(name)) throw new RangeError(`data: expected one of ${DATA_NAMES.join(', ')}; got "${String(name)}".`);
  return SOURCES[name]();
}
