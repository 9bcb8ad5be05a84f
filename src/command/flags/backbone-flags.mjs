// @ts-check
import { BACKBONE_NAMES } from '../../models/networks/known.mjs';
import { RESIZES } from '../../pixels/resizes.mjs';
import { ENGINE_NAMES } from '../../runtime/engines/engines.mjs';
import { choice, choiceOrFile, choiceOrPath, folder, number, onOff, text, whole } from './flag.mjs';

/** How one's own photos are read. */
const photoFlags = {
  resize: choice(RESIZES, 'how photos are brought to the network’s size', {
    otherwise: 'as the network was tested, mostly crop',
  }),
  'test-share': number('share of the photos to test on, where they are in no splits', {
    above: 0,
    below: 1,
    otherwise: '0.2',
  }),
  path: text('COLUMN', 'of a table of photos: the column of paths', {
    otherwise: 'path, file, filename, image or the like',
  }),
  label: text('COLUMN', 'of a table of photos: the column of class names', {
    otherwise: 'label, class, category or the like',
  }),
  root: folder('what a table’s paths are relative to', { otherwise: 'the table’s folder' }),
  'class-folders': onOff('takes the top folders of photos for classes, whatever they are called and hold'),
  strict: onOff('ends where anything is wrong with the photos'),
};

/** What decides which features a picture has, and where they are kept. */
export const backboneFlags = {
  data: choiceOrPath(
    ['cifar10', 'cifar10-sample', 'shapes10'],
    'images; a folder: FOLDER/class/picture.jpg; a table (CSV, TSV), Parquet or tar archives; s3://… of any',
    {
      otherwise: 'cifar10 where it is found, else the sample of it that comes with the project',
    },
  ),
  backbone: choiceOrFile(
    BACKBONE_NAMES,
    { ending: '.onnx', beginning: 'hf:' },
    'network; any ONNX file, with --cut; or hf:ORG/NAME[@REVISION][/FILE], which `graft download` has fetched',
    {
      otherwise:
        'for photos efficientnet-lite0, for pictures up to 64 pixels vgg19 where its weights are found, else vgg16',
    },
  ),
  cut: text('LAYER', "the backbone's last layer, like fc2 or block5_pool; of an ONNX file a tensor", {
    otherwise: 'the last before the ImageNet classes, like fc2 or avg_pool; without VGG’s top its last pool',
  }),
  pooling: choice(['avg', 'max', 'cls', 'none'], "what is taken of an ONNX file's feature map or tokens", {
    otherwise: 'avg where the network averages itself, cls where it has a class token, else none',
  }),
  'input-size': whole("height and width of the network's input, where it takes any", {
    otherwise: "the network's own",
  }),
  fast: onOff('a smaller input where one was measured to lose little: 160 for VGG at a convolutional cut'),
  layout: choice(['NCHW', 'NHWC'], 'of the pictures that an ONNX file takes, where it does not say it'),
  'cut-layout': choice(['NCHW', 'NHWC'], 'of the feature map that an ONNX file is cut at, where it does not say it'),
  interpolation: choice(
    ['nearest', 'bilinear', 'bilinear-antialias', 'bicubic', 'bicubic-keys', 'lanczos3', 'area'],
    'how images are upscaled',
    {
      otherwise: 'bicubic',
    },
  ),
  preprocess: choice(['caffe', 'tf', 'torch', 'imagenet', 'clip', 'none'], 'what the network sees', {
    otherwise: 'what it was trained with, which an ONNX file needs said where nothing beside it does',
  }),
  engine: choice(['auto', ...ENGINE_NAMES], 'what runs the backbone', { otherwise: 'auto' }),
  precision: choice(
    ['auto', 'float32', 'int8'],
    'of the backbone; int8 is about four times as fast on a CPU with VNNI',
    {
      otherwise: 'auto, in `graft features` without --plan float32',
    },
  ),
  dtype: choice(['auto', 'float32', 'float16'], 'what features are kept as', {
    otherwise: 'float16 where it holds them, in `graft features` without --plan float32',
  }),
  cache: folder('where features are kept; s3://bucket/prefix too', { otherwise: 'data/features' }),
  seed: whole('of the choice of images, the initial weights, the order and dropout', { from: 0, otherwise: '1' }),
  ...photoFlags,
};

/**
 * Says why flags of the backbone do not go together.
 * @param {import('./flag.mjs').ValuesOf<typeof backboneFlags>} values
 */
export const checkBackboneFlags = ({ fast, 'input-size': size }) =>
  fast && size !== undefined ? '--fast, --input-size: expected one of them; got both.' : undefined;

/** For who names a folder of pictures without a flag. */
export const DATA_HINT = 'Images are named with --data.';
