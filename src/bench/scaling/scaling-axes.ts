import type { PicturesJob } from './scaling-pictures.ts';
import type { RowsJob } from './scaling-rows.ts';

/** Something that grows, and what is measured at each of its sizes. */
export interface Axis {
  /** What grows, in the plural. */
  readonly name: string;
  /** Its name in the singular. */
  readonly unit: string;
  /** What stays as it is, in words. */
  readonly at: string;
  readonly sizes: readonly number[];
  readonly job: (size: number) => RowsJob | PicturesJob;
  /** @default all steps that the job measures */
  readonly steps?: readonly string[];
}

const LEARNING = ['open the training', 'train', 'judge an epoch', 'evaluate'];

/** All axes but the threads of the backbone's session. */
export const axes = (quick: boolean): readonly Axis[] => [
  {
    name: 'pictures',
    unit: 'picture',
    at: 'PNG files of 32×32, 10 classes',
    sizes: quick ? [50, 100, 200] : [100, 1000, 10_000],
    job: (pictures) => ({ pictures }),
  },
  {
    name: 'images',
    unit: 'image',
    at: '128 features, 10 classes, an epoch in batches of 32',
    sizes: quick ? [1000, 4000, 16_000] : [1000, 10_000, 100_000, 1_000_000],
    job: (images) => ({ images, features: 128, classes: 10 }),
  },
  {
    name: 'images of 10,000 classes',
    unit: 'image',
    at: '1,280 features, an epoch in batches of 256',
    sizes: quick ? [256, 512, 1024] : [512, 2048, 8192],
    job: (images) => ({ images, features: 1280, classes: 10_000, batchSize: 256 }),
    steps: LEARNING,
  },
  {
    name: 'epochs',
    unit: 'epoch',
    at: '2,000 images, 128 features, 10 classes',
    sizes: quick ? [1, 4, 16] : [1, 4, 16, 64],
    job: (epochs) => ({ images: 2000, features: 128, classes: 10, epochs }),
    steps: ['train'],
  },
  {
    name: 'features',
    unit: 'feature',
    at: `${quick ? '250' : '1,000'} images, 10 classes`,
    sizes: quick ? [128, 1280, 25_088] : [128, 512, 1280, 4096, 25_088],
    job: (features) => ({ images: quick ? 250 : 1000, features, classes: 10 }),
    steps: ['write rows', 'read rows', ...LEARNING],
  },
  {
    name: 'classes',
    unit: 'class',
    at: '1,024 images, 1,280 features, an epoch in batches of 256',
    sizes: quick ? [2, 100, 1000] : [2, 10, 100, 1000, 10_000],
    job: (classes) => ({ images: 1024, features: 1280, classes, batchSize: 256 }),
    steps: LEARNING,
  },
];
