// @ts-check

/** The network, and how pictures enter it. */
export const BACKBONE = /** @satisfies {import('./row.mjs').Rows} */ (
  /** @type {const} */ ({
    backbone: {
      group: 'backbone',
      type: 'backbone',
      help: 'network; any ONNX file, with --cut; or hf:ORG/NAME[@REVISION][/FILE], which `graft download` has fetched',
      otherwise:
        'for photos efficientnet-lite0, for pictures up to 64 pixels vgg19 where its weights are found, else vgg16',
    },
    cut: {
      group: 'backbone',
      type: 'text',
      value: 'LAYER',
      help: "the backbone's last layer, like fc2 or block5_pool; of an ONNX file a tensor",
      otherwise: 'the last before the ImageNet classes, like fc2 or avg_pool; without VGG’s top its last pool',
    },
    pooling: {
      group: 'backbone',
      type: 'choice',
      choices: ['avg', 'max', 'cls', 'none'],
      help: "what is taken of an ONNX file's feature map or tokens",
      otherwise: 'avg where the network averages itself, cls where it has a class token, else none',
    },
    inputSize: {
      group: 'backbone',
      type: 'whole',
      from: 1,
      help: "height and width of the network's input, where it takes any",
      otherwise: "the network's own",
    },
    fast: {
      group: 'backbone',
      type: 'switch',
      help: 'a smaller input where one was measured to lose little: 160 for VGG at a convolutional cut',
    },
    layout: {
      group: 'backbone',
      type: 'choice',
      choices: ['NCHW', 'NHWC'],
      help: 'of the pictures that an ONNX file takes, where it does not say it',
    },
    cutLayout: {
      group: 'backbone',
      type: 'choice',
      choices: ['NCHW', 'NHWC'],
      help: 'of the feature map that an ONNX file is cut at, where it does not say it',
    },
    interpolation: {
      group: 'backbone',
      type: 'choice',
      choices: ['nearest', 'bilinear', 'bilinear-antialias', 'bicubic', 'bicubic-keys', 'lanczos3', 'area'],
      help: 'how images are upscaled',
      otherwise: 'bicubic',
    },
    preprocess: {
      group: 'backbone',
      type: 'choice',
      choices: ['caffe', 'tf', 'torch', 'imagenet', 'clip', 'none'],
      help: 'what the network sees',
      otherwise: 'what it was trained with, which an ONNX file needs said where nothing beside it does',
    },
  })
);

/** How features are made of pictures, and where they are kept. */
export const FEATURES = /** @satisfies {import('./row.mjs').Rows} */ (
  /** @type {const} */ ({
    engine: {
      group: 'features',
      type: 'choice',
      choices: ['auto', 'onnx', 'tensorflow', 'webgpu'],
      default: 'auto',
      help: 'what runs the backbone',
    },
    precision: {
      group: 'features',
      type: 'choice',
      choices: ['auto', 'float32', 'int8'],
      help: 'of the backbone; int8 is about four times as fast on a CPU with VNNI',
      otherwise: 'auto, in `graft features` without --plan float32',
    },
    calibrationPercentile: {
      group: 'features',
      type: 'number',
      from: 99,
      to: 100,
      default: 100,
      help: 'for int8: where a layer’s range of activations ends, in % of its values on the calibration images',
    },
    dtype: {
      group: 'features',
      type: 'choice',
      choices: ['auto', 'float32', 'float16'],
      help: 'what features are kept as',
      otherwise: 'float16 where it holds them, in `graft features` without --plan float32',
    },
    cache: {
      group: 'features',
      type: 'folder',
      help: 'where features are kept; s3://bucket/prefix too',
      otherwise: 'data/features',
    },
  })
);
