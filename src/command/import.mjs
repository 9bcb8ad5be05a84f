// @ts-check
import { backboneFlags } from './flags/backbone-flags.mjs';
import { command } from './line/command.mjs';
import { folder, number, shares, text, whole } from './flags/flag.mjs';

const ORIGIN = 'as its origin does, docs/formats.md';

export const flags = {
  out: folder('the folder to write: new, empty, or written by an import before'),
  'class-names': text(
    'NAMES|FILE',
    'names of its classes in the order of its outputs, with commas between, or a file with them',
    {
      otherwise: 'those that come with it',
    },
  ),
  preprocess: { ...backboneFlags.preprocess, otherwise: ORIGIN },
  mean: shares('mean of the channels', { from: 0 }),
  std: shares('standard deviation of the channels', { above: 0 }),
  size: whole('height and width of the pictures that an ONNX file takes', {
    otherwise: 'what it says itself, or a file beside it',
  }),
  layout: backboneFlags.layout,
  output: text('NAME', 'output of an ONNX file that holds the scores', { otherwise: 'the only one that does' }),
  resize: { ...backboneFlags.resize, otherwise: ORIGIN },
  'crop-fraction': number('share of a photo’s shorter side that crops keep', { above: 0, to: 1, otherwise: '1' }),
  interpolation: { ...backboneFlags.interpolation, help: 'how photos are resized', otherwise: ORIGIN },
};

export const importing = command({
  usage: 'graft import FILE|FOLDER|hf:NAME --out FOLDER',
  about:
    'Makes a classifier of somebody else’s, which `graft evaluate`, `graft predict` and services take: a ZIP or a folder of ' +
    'Teachable Machine, a model.json of TensorFlow.js, a .keras or .h5 file that holds a whole model of Keras, or an ONNX ' +
    'file that ends in scores or probabilities (or the folder that it lies in, or hf:org/name once it was downloaded). It ' +
    'is not trained again.',
  flags,
  operands: { value: 'FILE', expected: 'one file or folder', least: 1 },
  check: ({ out, preprocess, mean, std }) => {
    if (!out) return '--out: expected the folder to write; got none';
    if (!mean !== !std) return `--mean, --std: expected both; got --${mean ? 'mean' : 'std'} alone`;
    return mean && preprocess ? '--preprocess, --mean: expected one of them; got both' : undefined;
  },
  examples: [
    'graft import converted_tfjs.zip --out results/teachable',
    'graft import mine.keras --out results/mine --class-names cat,dog --preprocess tf',
    'graft import model.onnx --out results/theirs --class-names labels.txt --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225',
  ],
  notes: ['JSON: { folder, origin, classNames, imageSize, fit, classifier, found, remarks }.'],
  readsWeights: true,
  load: () => import('./run/import.ts'),
});
