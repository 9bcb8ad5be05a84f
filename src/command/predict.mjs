// @ts-check
import { command } from './command.mjs';
import { existingFile, folder, whole } from './flag.mjs';

export const flags = {
  classifier: folder('what `graft train --save` made', { otherwise: 'results/classifier' }),
  weights: existingFile("the backbone's weights, where they are no longer where they were"),
  top: whole('classes to show for each picture', { otherwise: '3' }),
};

export const predict = command({
  usage: 'graft predict --classifier FOLDER PICTURE…',
  about: 'Classifies image files of any size and format that sharp reads.',
  flags,
  operands: { value: 'PICTURE', expected: 'one picture or more', least: 1 },
  examples: ['graft predict --classifier results/classifier cat.jpg dog.png', 'graft predict photo.webp --json'],
  readsWeights: true,
  load: () => import('./run/predict.ts'),
});
