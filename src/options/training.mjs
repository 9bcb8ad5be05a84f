// @ts-check

/** The layers that are put on the backbone. */
export const HEAD = /** @satisfies {import('./row.mjs').Rows} */ (
  /** @type {const} */ ({
    head: {
      group: 'head',
      type: 'choice',
      choices: ['softmax', 'regression', 'auto'],
      help: 'how the head is trained: softmax in epochs; regression to the optimum of a logistic regression; auto takes the softmax head if the validation images show that it is better, else the regression',
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
      otherwise: '0.001 for adam and adamw, less if features are large; 0.01 for sgd',
    },
    optimizer: {
      group: 'training',
      type: 'choice',
      choices: ['adam', 'adamw', 'sgd'],
      default: 'adam',
      help: 'the optimizer that trains the head; adamw is adam with --weight-decay',
    },
    weightDecay: {
      group: 'training',
      type: 'number',
      from: 0,
      below: 1,
      help: 'adamw only: each step takes this times the learning rate off every weight but the biases',
      otherwise: '0.004 for adamw',
    },
    momentum: {
      group: 'training',
      type: 'number',
      from: 0,
      below: 1,
      default: 0,
      help: 'sgd only: the share of its last step that a step goes on with',
    },
    nesterov: {
      group: 'training',
      type: 'switch',
      help: "takes Nesterov's momentum",
    },
    schedule: {
      group: 'training',
      type: 'choice',
      choices: ['constant', 'cosine', 'one-cycle', 'plateau'],
      default: 'constant',
      help: 'how the learning rate changes over the steps; plateau lowers it if the validation loss no longer falls',
    },
    plateauFactor: {
      group: 'training',
      type: 'number',
      above: 0,
      below: 1,
      default: 0.1,
      help: 'what plateau multiplies the learning rate by',
    },
    plateauPatience: {
      group: 'training',
      type: 'whole',
      from: 1,
      default: 3,
      help: 'epochs without a lower validation loss after which plateau does so',
    },
    plateauMinDelta: {
      group: 'training',
      type: 'number',
      from: 0,
      default: 0.0001,
      help: 'how far the validation loss has to fall, in nats, so that plateau counts it',
    },
    plateauCooldown: {
      group: 'training',
      type: 'whole',
      from: 0,
      default: 0,
      help: 'epochs that plateau does not count after it lowered the learning rate',
    },
    plateauMinRate: {
      group: 'training',
      type: 'number',
      from: 0,
      default: 0,
      help: 'the learning rate below which plateau does not go',
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
    labelSmoothing: {
      group: 'training',
      type: 'number',
      from: 0,
      below: 1,
      default: 0,
      help: 'share of each label that is spread over all classes, in training alone',
    },
    classWeights: {
      group: 'training',
      type: 'weights',
      choices: ['balanced'],
      help: 'balanced: every class counts the same, however many images it has; or a number for each class, like 1,2.5',
      otherwise: 'each image counts the same',
    },
    useEma: {
      group: 'training',
      type: 'switch',
      help: 'ends with the exponential moving average of the weights, which the validation images judge too',
    },
    emaMomentum: {
      group: 'training',
      type: 'number',
      from: 0,
      below: 1,
      default: 0.99,
      help: 'the share of the average that each step keeps: it is over about 1 / (1 - N) steps',
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
