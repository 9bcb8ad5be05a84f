/** The front door: what a notebook imports from `./src`. */
export { shapes10 } from './data/shapes10.ts';
export { subset } from './data/subset.ts';
export { extractFeatures } from './features/extract.ts';
export { split } from './features/split.ts';
export { show } from './notebook/display.ts';
export { fit } from './training/fit.ts';
export { evaluate } from './training/evaluate.ts';
