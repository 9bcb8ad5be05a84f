// @ts-check

/** The layers that are put on the backbone. */
export const HEAD = /** @satisfies {import('./row.mjs').Rows} */ (
  /** @type {const} */ ({
    head: {
      group: 'head',
      type: 'choice',
      choices: ['softmax', 'regression', 'auto'],
      help: 'how the head is trained: softmax in epochs; regression to the optimum of a logistic regression; auto takes the one that is better on the validation images',
      otherwise: 'auto in `graft train` on photos, if no option of the softmax head is given; else softmax',
    },
    dropout: {
      group: 'head',
      type: 'number',
      from: 0,
      below: 1,
      default: 0.5,
      help: 'share of the features that each step drops',
    },
    hidden: {
      group: 'head',
      type: 'wholes',
      from: 1,
      default: [],
      example: '[256]',
      help: 'units of fully connected layers before the last one, like 256 or 256,64',
      otherwise: 'none',
    },
    hiddenDropout: {
      group: 'head',
      type: 'number',
      from: 0,
      below: 1,
      default: 0,
      help: 'share that each step drops before each of those layers',
    },
    l2: {
      group: 'head',
      type: 'number',
      from: 0,
      default: 0,
      help: 'weight decay: adds this times the sum of the squared weights to the loss',
    },
  })
);

/** How the head is trained. */
export const TRAINING = /** @satisfies {import('./row.mjs').Rows} */ (
  /** @type {const} */ ({
    seed: {
      group: 'training',
      type: 'whole',
      from: 0,
      default: 1,
      help: 'seed for the choice of images, the initial weights, the order and dropout',
    },
    epochs: { group: 'training', type: 'whole', from: 1, default: 20, help: 'how often every image is seen' },
    batchSize: { group: 'training', type: 'whole', from: 1, default: 32, help: 'images in a step' },
    learningRate: {
      group: 'training',
      type: 'number',
      above: 0,
      help: 'step size of the optimizer',
      otherwise: '0.001 for adam, less if features are large; 0.01 for sgd',
    },
    optimizer: {
      group: 'training',
      type: 'choice',
      choices: ['adam', 'sgd'],
      default: 'adam',
      help: 'the optimizer that trains the head',
    },
    schedule: {
      group: 'training',
      type: 'choice',
      choices: ['constant', 'cosine', 'one-cycle'],
      default: 'constant',
      help: 'how the learning rate changes over the steps',
    },
    draws: {
      group: 'training',
      type: 'whole',
      from: 1,
      help: 'images in an epoch, drawn with replacement',
      otherwise: 'every image once',
    },
    mixup: {
      group: 'training',
      type: 'number',
      from: 0,
      to: 1,
      default: 0,
      help: 'mixes each image’s features and label with another’s, in shares from Beta(N, N)',
    },
    classWeights: {
      group: 'training',
      type: 'weights',
      choices: ['balanced'],
      help: 'balanced: every class counts the same, however many images it has; or a number for each class, like 1,2.5',
      otherwise: 'each image counts the same',
    },
    patience: {
      group: 'training',
      type: 'whole',
      from: 1,
      help: 'ends after this many epochs in which the validation loss has not fallen',
    },
    restoreBest: {
      group: 'training',
      type: 'switch',
      help: 'goes back to the epoch with the lowest validation loss',
    },
  })
);
