// @ts-check
import { IS_CLONE } from '../home.mjs';
import { EXPORT_FORMATS } from '../classifier/export/names.mjs';
import { classifierFlags } from './flags/classifier-flags.mjs';
import { command } from './line/command.mjs';
import { choice, existingFile, folder } from './flags/flag.mjs';

export const flags = {
  ...classifierFlags,
  to: choice(EXPORT_FORMATS, 'the format', { otherwise: 'onnx' }),
  out: folder('the folder to write: new, empty, or written by an export before'),
  run: existingFile('run.json of the training, which is named in what is written'),
};

export const exporting = command({
  usage: 'graft export --classifier FOLDER --to FORMAT --out FOLDER',
  about:
    'Writes a classifier in a standard format, runs what it wrote once beside `graft predict`, and says the lines that ' +
    `load it.${IS_CLONE ? ' Pages of notebooks are made by `npm run pages`.' : ''}`,
  flags,
  check: ({ out }) => (out ? undefined : '--out: expected the folder to write; got none'),
  examples: ['graft export --classifier results/classifier --to onnx --out results/onnx'],
  notes: [
    'JSON: { format, folder, files: [{ name, bytes }], difference, against, load: [{ language, needs, code }], remarks }.',
  ],
  readsWeights: true,
  load: () => import('./run/export.ts'),
});
