// @ts-check
import { existingFile, folder } from './flag.mjs';

/** Which saved classifier is meant. */
export const classifierFlags = {
  classifier: folder('what `graft train --save` made', { otherwise: 'results/classifier' }),
  weights: existingFile("the backbone's weights, where they are no longer where they were"),
};
