import { OPTIONS } from '../options/options.mjs';
import { checkOptions } from '../host/option-ranges.ts';
import { findCifar10 } from './named/cifar10-files.ts';
import { cifar10 } from './named/cifar10.ts';
import { cifar10Sample } from './named/cifar10-sample.ts';
import { isUri } from '../storage/places/place.ts';
import { fileExists } from '../storage/files/read-file.ts';
import { photos, type PhotosOptions } from './photos.ts';
import { shapes10 } from './named/shapes10.ts';
import type { Splits } from './subset.ts';

export const DATA_NAMES = OPTIONS.data.choices;
export type DataName = (typeof DATA_NAMES)[number];

/**
 * Names CIFAR-10 if it is found, else the sample of it that comes with the project.
 * @example
 * const images = await loadData(defaultData());
 */
export const defaultData = (): DataName => (findCifar10() ? 'cifar10' : 'cifar10-sample');

const SOURCES: Readonly<Record<DataName, () => Promise<Splits>>> = {
  cifar10: () => cifar10(),
  'cifar10-sample': () => cifar10Sample(),
  shapes10: () => Promise.resolve(shapes10()),
};

/**
 * Loads a data set by name, or one's own photos.
 * @param name `cifar10`, `cifar10-sample` or `shapes10`, or where the photos lie, which may be `s3://…` @default
 * CIFAR-10 if it is found, else the sample
 * @param options options for one's own photos
 * @throws RangeError listing the known data sets
 * @example
 * const images = await loadData('shapes10');
 */
export async function loadData(name: DataName | Path = defaultData(), options: PhotosOptions = {}): Promise<Splits> {
  checkOptions('loadData', options as Readonly<Record<string, unknown>>);
  if (isDataName(name)) return SOURCES[name]();
  if (fileExists(name) || isUri(name)) return photos(name, options);
  throw new RangeError(
    `data: expected one of ${DATA_NAMES.join(', ')}, a folder or file that exists, or s3://bucket/…; got "${String(name)}".`,
  );
}

/** Any text; written so that an editor still completes names. */
export type Path = string & {};

export const isDataName = (name: string): name is DataName => (DATA_NAMES as readonly string[]).includes(name);
