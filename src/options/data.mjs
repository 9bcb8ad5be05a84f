// @ts-check

/** Which pictures an experiment works on, and how the user's own photos are read. */
export const DATA = /** @satisfies {import('./row.mjs').Rows} */ (
  /** @type {const} */ ({
    data: {
      group: 'data',
      type: 'data',
      choices: ['cifar10', 'cifar10-sample', 'shapes10'],
      help: 'the images: a name, a folder (FOLDER/class/picture.jpg), a table (CSV, TSV), Parquet, tar archives; each may lie at s3://…',
      otherwise: 'cifar10 if it is found, else the sample of it that comes with the project',
    },
    train: {
      group: 'data',
      type: 'whole',
      from: 1,
      help: 'number of training images',
      otherwise: '2500; for photos all that are not validation images',
    },
    validation: {
      group: 'data',
      type: 'whole',
      from: 0,
      help: 'number of validation images, taken from the training images that are left over',
      otherwise: 'a tenth of --train, if that many are left',
    },
    test: { group: 'data', type: 'whole', from: 1, help: 'number of test images', otherwise: '1000; for photos all' },
    imageSeed: {
      group: 'data',
      type: 'whole',
      from: 0,
      help: 'seed for the choice of images alone',
      otherwise: 'the same as --seed',
    },
    resize: {
      group: 'data',
      type: 'choice',
      choices: ['crop', 'crop-floor', 'squash', 'squash-crop', 'squash-crop-even', 'pad'],
      help: 'how photos are resized to the network’s square',
      otherwise: 'as the network was tested, mostly crop',
    },
    testShare: {
      group: 'data',
      type: 'number',
      above: 0,
      below: 1,
      default: 0.2,
      help: 'share of the photos to test on, if they do not lie in splits',
    },
    path: {
      group: 'data',
      type: 'text',
      value: 'COLUMN',
      help: 'the column of paths in a table of photos',
      otherwise: 'path, file, filename, image or the like',
    },
    label: {
      group: 'data',
      type: 'text',
      value: 'COLUMN',
      help: 'the column of class names in a table of photos',
      otherwise: 'label, class, category or the like',
    },
    root: {
      group: 'data',
      type: 'folder',
      help: 'the folder that a table’s paths are relative to',
      otherwise: 'the table’s folder',
    },
    classFolders: {
      group: 'data',
      type: 'switch',
      help: 'takes the top folders as classes, whatever their names and contents',
    },
    strict: { group: 'data', type: 'switch', help: 'ends if anything is wrong with the photos' },
  })
);
