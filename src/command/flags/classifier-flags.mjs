// @ts-check
import { existingFile, folderOrZip } from './flag.mjs';

/** Which saved classifier is meant. */
export const classifierFlags = {
  classifier: folderOrZip('what `graft train --save` made, or the ZIP of a teaching page (`graft teach`)', {
    otherwise: 'results/classifier',
  }),
  weights: existingFile("the backbone's weights, where they are no longer where they were"),
};
