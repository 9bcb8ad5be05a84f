// @ts-check

const LAYOUTS = /** @type {const} */ (['NCHW', 'NHWC']);

/** The network, and how pictures enter it. */
export const BACKBONE = /** @satisfies {import('./row.mjs').Rows} */ (
  /** @type {const} */ ({
    backbone: {
      group: 'backbone',
      type: 'backbone',
      choices: ['auto'],
      help: 'the network: a name; any ONNX file, with --cut; hf:ORG/NAME[@REVISION][/FILE] after `graft download`; or auto: the best of those that are here, by cross-validation of training images',
      otherwise:
        'for photos efficientnet-lite0; for pictures up to 64 pixels vgg19 if its weights are found, else vgg16',
    },
    budget: {
      group: 'backbone',
      type: 'number',
      above: 0,
      default: 60,
      help: 'with --backbone auto: seconds in which backbones are compared',
    },
    cut: {
      group: 'backbone',
      type: 'text',
      value: 'LAYER',
      help: "the backbone's last layer, like fc2 or block5_pool; in an ONNX file a tensor",
      otherwise:
        'the last layer before the ImageNet classes, like fc2 or avg_pool; the last pool of a VGG without its top',
    },
    pooling: {
      group: 'backbone',
      type: 'choice',
      choices: ['avg', 'max', 'cls', 'none'],
      help: "how an ONNX file's feature map or tokens become features",
      otherwise: 'avg if the network averages itself, cls if it has a class token, else none',
    },
    inputSize: {
      group: 'backbone',
      type: 'whole',
      from: 1,
      help: "height and width of the network's input, if it takes any size",
      otherwise: "the network's own",
    },
    fast: {
      group: 'backbone',
      type: 'switch',
      help: 'takes a smaller input if it was measured to lose little: 160 for VGG at a convolutional cut',
    },
    layout: {
      group: 'backbone',
      type: 'choice',
      choices: LAYOUTS,
      help: 'layout of the pictures that an ONNX file takes, if the file does not say',
    },
    cutLayout: {
      group: 'backbone',
      type: 'choice',
      choices: LAYOUTS,
      help: 'layout of the feature map that an ONNX file is cut at, if the file does not say',
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
      help: 'how levels are scaled and centred for the network',
      otherwise: 'as it was trained; an ONNX file needs it, unless a configuration beside it says so',
    },
  })
);

/** How features are made of pictures, and where they are kept. */
export const FEATURES = /** @satisfies {import('./row.mjs').Rows} */ (
  /** @type {const} */ ({
    engine: {
      group: 'features',
      type: 'choice',
      choices: ['auto', 'onnx', 'openvino', 'tensorflow', 'webgpu'],
      default: 'auto',
      help: 'what runs the backbone',
    },
    precision: {
      group: 'features',
      type: 'choice',
      choices: ['auto', 'float32', 'bfloat16', 'int8'],
      help: 'precision of the backbone; int8 is about four times as fast on a CPU with VNNI; bfloat16 needs --engine openvino',
      otherwise: 'auto; float32 in `graft features` without --plan',
    },
    calibrationPercentile: {
      group: 'features',
      type: 'number',
      from: 99,
      to: 100,
      default: 100,
      help: 'int8 only: the percentile of a layer’s activations on the calibration images at which its range ends',
    },
    dtype: {
      group: 'features',
      type: 'choice',
      choices: ['auto', 'float32', 'float16'],
      help: 'how features are stored',
      otherwise: 'float16 if it can hold them; float32 in `graft features` without --plan',
    },
    cache: {
      group: 'features',
      type: 'folder',
      help: 'where features are kept; s3://bucket/prefix too',
      otherwise: 'data/features',
    },
  })
);
