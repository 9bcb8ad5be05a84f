// @ts-check
import { backboneFlags } from './flags/backbone-flags.mjs';
import { command } from './command.mjs';
import { folder, number, text } from './flags/flag.mjs';

const ORIGIN = 'as its origin does, docs/formats.md';

export const flags = {
  out: folder('the folder to write: new, empty, or written by an import before'),
  'class-names': text('NAMES', 'names of its classes in the order of its outputs, with commas between', {
    otherwise: 'those that come with it',
  }),
  preprocess: { ...backboneFlags.preprocess, otherwise: ORIGIN },
  resize: { ...backboneFlags.resize, otherwise: ORIGIN },
  'crop-fraction': number('share of a photo’s shorter side that crops keep', { above: 0, to: 1, otherwise: '1' }),
  interpolation: { ...backboneFlags.interpolation, help: 'how photos are resized', otherwise: ORIGIN },
};

export const importing = command({
  usage: 'graft import FILE|FOLDER --out FOLDER',
  about:
    'Makes a classifier of somebody else’s, which `graft evaluate`, `graft predict` and services take: a ZIP or a folder of ' +
    'Teachable Machine, a model.json of TensorFlow.js, or a .keras or .h5 file that holds a whole model of Keras. It is not ' +
    'trained again.',
  flags,
  operands: { value: 'FILE', expected: 'one file or folder', least: 1 },
  check: ({ out }) => (out ? undefined : '--out: expected the folder to write; got none'),
  examples: [
    'graft import converted_tfjs.zip --out results/teachable',
    'graft import mine.keras --out results/mine --class-names cat,dog --preprocess tf',
  ],
  notes: ['JSON: { folder, origin, classNames, imageSize, fit, classifier, remarks }.'],
  readsWeights: true,
  load: () => import('./run/import.ts'),
});
