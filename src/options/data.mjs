// @ts-check

/** Which pictures an experiment works on, and how the user's own photos are read. */
export const DATA = /** @satisfies {import('./row.mjs').Rows} */ (
  /** @type {const} */ ({
    data: {
      group: 'data',
      type: 'data',
      choices: ['cifar10', 'cifar10-sample', 'shapes10'],
      help: 'images; a folder: FOLDER/class/picture.jpg; a table (CSV, TSV), Parquet or tar archives; s3://… of any',
      otherwise: 'cifar10 where it is found, else the sample of it that comes with the project',
    },
    train: {
      group: 'data',
      type: 'whole',
      from: 1,
      help: 'training images',
      otherwise: '2500; of photos all that are not validation images',
    },
    validation: {
      group: 'data',
      type: 'whole',
      from: 0,
      help: 'validation images, from the training images left over',
      otherwise: 'a tenth of --train, where so many are left',
    },
    test: { group: 'data', type: 'whole', from: 1, help: 'test images', otherwise: '1000; of photos all' },
    imageSeed: {
      group: 'data',
      type: 'whole',
      from: 0,
      help: 'seed of the choice of images alone',
      otherwise: 'as --seed',
    },
    resize: {
      group: 'data',
      type: 'choice',
      choices: ['crop', 'crop-floor', 'squash', 'squash-crop', 'squash-crop-even', 'pad'],
      help: 'how photos are brought to the network’s size',
      otherwise: 'as the network was tested, mostly crop',
    },
    testShare: {
      group: 'data',
      type: 'number',
      above: 0,
      below: 1,
      default: 0.2,
      help: 'share of the photos to test on, where they are in no splits',
    },
    path: {
      group: 'data',
      type: 'text',
      value: 'COLUMN',
      help: 'of a table of photos: the column of paths',
      otherwise: 'path, file, filename, image or the like',
    },
    label: {
      group: 'data',
      type: 'text',
      value: 'COLUMN',
      help: 'of a table of photos: the column of class names',
      otherwise: 'label, class, category or the like',
    },
    root: {
      group: 'data',
      type: 'folder',
      help: 'what a table’s paths are relative to',
      otherwise: 'the table’s folder',
    },
    classFolders: {
      group: 'data',
      type: 'switch',
      help: 'takes the top folders of photos for classes, whatever they are called and hold',
    },
    strict: { group: 'data', type: 'switch', help: 'ends where anything is wrong with the photos' },
  })
);
