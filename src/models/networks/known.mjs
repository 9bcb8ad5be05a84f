// @ts-check
// Plain JavaScript, since the command line offers these before any TypeScript is loaded.

/**
 * Describes one of Keras' own files.
 * @param {string} network
 * @param {{ folder?: string, suffix?: string, md5?: string, bytes?: number }} of
 */
const keras = (network, { folder = network, suffix = '', md5, bytes }) => {
  const name = `${network}_weights_tf_dim_ordering_tf_kernels${suffix}.h5`;
  const url = `https://storage.googleapis.com/tensorflow/keras-applications/${folder}/${name}`;
  return { name, url, md5, bytes };
};

/** VGG of K. Simonyan and A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014. */
const VGG = /** @type {const} */ ({
  family: 'vgg',
  widths: [64, 128, 256, 512, 512],
  units: 4096,
  classes: 1000,
  inputSize: 224,
  preprocess: 'caffe',
});

/** A smaller input at half the cost, or a little less. */
const VGG_FAST = {
  inputSize: 160,
  measured:
    '1.9 times as fast; accuracy +0.5 points (95 % interval −0.6 to 1.6) on CIFAR-10 (VGG16 to block5_pool, 2,500 training ' +
    'and 4,000 test images, three seeds, paired); with all 50,000 training images 89.2 % instead of 89.6 % (docs/results.md)',
};

/** ResNet of K. He et al., "Deep Residual Learning for Image Recognition", 2015. */
const RESNET = /** @type {const} */ ({
  family: 'resnet',
  stem: 64,
  widths: [64, 128, 256, 512],
  classes: 1000,
  inputSize: 224,
  preprocess: 'caffe',
});

const DINOV2 = /** @type {const} */ ({
  cut: 'last_hidden_state',
  pooling: 'cls',
  // the shorter side is 256, and 224 are cut out
  input: {
    size: 224,
    preprocess: 'imagenet',
    interpolation: 'bicubic-keys',
    cropFraction: 0.875,
    resize: 'crop-floor',
  },
});

/**
 * Every network that Graft knows by name. A row holds everything about one: help, checks, downloads and loading read
 * it, and a test takes the rows through them. `KnownNetwork` of networks.ts says what a row may hold.
 *
 * URLs and MD5s of Keras' files are those of keras/src/applications/vgg19.py, vgg16.py and resnet.py; mobilenet_v2.py
 * publishes none. The files that come with the project are described in data/weights/README.md, the hub's networks in
 * docs/onnx.md.
 */
export const NETWORKS = /** @satisfies {Record<string, import('./networks.ts').KnownNetwork>} */ (
  /** @type {const} */ ({
    vgg19: {
      title: 'VGG19',
      about: 'pretrained on ImageNet',
      licence: 'CC BY 4.0',
      keras: [
        keras('vgg19', { md5: 'cbe5617147190e668d6c5d5026f83318', bytes: 574_710_816 }),
        keras('vgg19', { suffix: '_notop', md5: '253f8cb515780f3b799900260a226db6' }),
      ],
      layers: { ...VGG, convolutions: [2, 2, 4, 4, 4] },
      fast: VGG_FAST,
    },
    vgg16: {
      title: 'VGG16',
      about: 'pretrained on ImageNet',
      licence: 'CC BY 4.0',
      keras: [
        keras('vgg16', { md5: '64373286793e3c8b2b4e3219cbf3544b' }),
        keras('vgg16', { suffix: '_notop', md5: '6d6bbae143d832006294945121d1f1fc', bytes: 58_889_256 }),
      ],
      own: {
        file: 'vgg16-8bit.safetensors',
        md5: 'afedda316246867c8d008daee42f3774',
        holds: 'its 13 convolutions come with Graft, in 8 bits',
      },
      layers: { ...VGG, convolutions: [2, 2, 3, 3, 3] },
      fast: VGG_FAST,
    },
    // a narrow VGG19, trained on 200 classes of ImageNet
    'vgg19-mini': {
      title: 'vgg19-mini',
      about: 'a small network for tests',
      licence: 'for research and teaching',
      passingOn:
        'they were trained on pictures that are for research and teaching only; do not pass it on for other uses.',
      own: { file: 'vgg19-mini.h5', md5: 'bc5e62369786abe0e4286ac068c769e5' },
      layers: {
        ...VGG,
        convolutions: [2, 2, 4, 4, 4],
        widths: [16, 32, 64, 128, 128],
        units: 512,
        classes: 200,
        inputSize: 64,
        cropFraction: 1,
      },
    },
    resnet50: {
      title: 'ResNet50',
      about: 'pretrained on ImageNet',
      licence: 'MIT',
      keras: [
        keras('resnet50', { folder: 'resnet', md5: '2cb95161c43110f7111970584f804107', bytes: 102_967_424 }),
        keras('resnet50', {
          folder: 'resnet',
          suffix: '_notop',
          md5: '4d473c1dd8becc155b73f8504c6f6626',
          bytes: 94_765_736,
        }),
      ],
      layers: { ...RESNET, blocks: [3, 4, 6, 3] },
    },
    resnet101: {
      title: 'ResNet101',
      about: 'pretrained on ImageNet',
      licence: 'MIT',
      keras: [
        keras('resnet101', { folder: 'resnet', md5: 'f1aeb4b969a6efcfb50fad2f0c20cfc5', bytes: 179_648_224 }),
        keras('resnet101', {
          folder: 'resnet',
          suffix: '_notop',
          md5: '88cf7a10940856eca736dc7b7e228a21',
          bytes: 171_446_536,
        }),
      ],
      layers: { ...RESNET, blocks: [3, 4, 23, 3] },
    },
    // M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018, at width 1.0
    mobilenet_v2: {
      title: 'MobileNetV2',
      about: 'pretrained on ImageNet',
      licence: 'Apache 2.0',
      keras: [
        keras('mobilenet_v2', { suffix: '_1.0_224', bytes: 14_536_120 }),
        keras('mobilenet_v2', { suffix: '_1.0_224_no_top', bytes: 9_406_464 }),
      ],
      layers: {
        family: 'mobilenet-v2',
        stem: 32,
        stages: [
          [1, 16, 1, 1],
          [6, 24, 2, 2],
          [6, 32, 3, 2],
          [6, 64, 4, 2],
          [6, 96, 3, 1],
          [6, 160, 3, 2],
          [6, 320, 1, 1],
        ],
        last: 1280,
        classes: 1000,
        inputSize: 224,
        preprocess: 'tf',
      },
    },
    // M. Tan and R. Liu, Google, 2020; input as in google/automl's lite/efficientnet_lite_builder.py: its evaluation, 224 of
    // 256 pixels, MEAN_RGB and STDDEV_RGB
    'efficientnet-lite0': {
      title: 'EfficientNet-Lite0',
      about: 'pretrained on ImageNet',
      licence: 'Apache 2.0',
      own: {
        file: 'efficientnet-lite0.onnx',
        sha256: 'c07c6545590a1bdb3c06bc9ce7b26e841d54eb785df0b1f0fc298bb2f4f8923e',
      },
      onnx: {
        cut: 'features',
        input: { cropFraction: 0.875, preprocess: { channels: 'RGB', mean: [127, 127, 127], std: [128, 128, 128] } },
      },
    },
    'dinov2-small': {
      title: 'DINOv2 ViT-S/14',
      about: 'trained without labels (Meta, 2023)',
      licence: 'Apache 2.0',
      hub: { repository: 'onnx-community/dinov2-small', file: 'onnx/model.onnx' },
      onnx: DINOV2,
    },
    'dinov2-base': {
      title: 'DINOv2 ViT-B/14',
      about: 'trained without labels (Meta, 2023)',
      licence: 'Apache 2.0',
      hub: { repository: 'Xenova/dinov2-base', file: 'onnx/model.onnx' },
      onnx: DINOV2,
    },
    // its licence is not an open one
    'dinov3-small': {
      title: 'DINOv3 ViT-S/16',
      about: 'trained without labels (Meta, 2025)',
      licence: 'DINOv3 License',
      passingOn:
        'it may be passed on only under that licence, with a copy of it, and not for the uses that it excludes.',
      hub: { repository: 'onnx-community/dinov3-vits16-pretrain-lvd1689m-ONNX', file: 'onnx/model.onnx' },
      onnx: {
        cut: 'pooler_output',
        input: {
          size: 224,
          preprocess: 'imagenet',
          interpolation: 'bilinear-antialias',
          cropFraction: 1,
          resize: 'squash',
        },
      },
    },
    'clip-base': {
      title: 'CLIP ViT-B/32',
      about: 'trained on pictures with their captions (OpenAI, 2021)',
      licence: 'MIT',
      hub: { repository: 'Xenova/clip-vit-base-patch32', file: 'onnx/vision_model.onnx' },
      onnx: {
        cut: 'image_embeds',
        input: { size: 224, preprocess: 'clip', interpolation: 'bicubic-keys', cropFraction: 1, resize: 'crop-floor' },
      },
    },
    'siglip-base': {
      title: 'SigLIP ViT-B/16',
      about: 'trained on pictures with their captions (Google, 2023)',
      licence: 'Apache 2.0',
      hub: { repository: 'Xenova/siglip-base-patch16-224', file: 'onnx/vision_model.onnx' },
      onnx: {
        cut: 'pooler_output',
        input: { size: 224, preprocess: 'tf', interpolation: 'bicubic-keys', cropFraction: 1, resize: 'squash' },
      },
    },
  })
);

/** @typedef {import('./networks.ts').KnownNetwork} KnownNetwork */
/** @type {[string, KnownNetwork][]} */
const ROWS = Object.entries(NETWORKS);
/** @param {(row: KnownNetwork) => unknown} is */
const namesOf = (is) => ROWS.filter(([, row]) => is(row)).map(([name]) => name);

/** The networks' names, as `--backbone` takes them. */
export const BACKBONE_NAMES = /** @type {(keyof typeof NETWORKS)[]} */ (namesOf(() => true));
/** The names that `graft download` fetches from Keras, and those that it fetches from the hub. */
export const KERAS_NAMES = namesOf(({ keras }) => keras);
export const HUB_NAMES = namesOf(({ hub }) => hub);
