/** What a notebook imports to look into features and heads. */
export { chooseRegression, chosenRegression } from '../training/regression/chosen-regression.ts';
export { chooseBackbone, compareMethods } from './choose-backbone.ts';
export { type Candidate, compareBackbones } from './compare-backbones.ts';
export {
  crossValidate,
  type CrossValidation,
  type FoldTrainer,
} from '../experiments/cross-validation/cross-validate.ts';
export { embedding } from './embedding.ts';
export { gradCam } from './grad-cam.ts';
export { likelyLabelErrors, outOfFold } from './label-errors.ts';
export { logisticProbabilities, logisticRegression } from '../training/regression/logistic-regression.ts';
export { classifyByNeighbours, nearDuplicates, nearestNeighbours } from '../features/neighbours.ts';
export { upscalingSpectra } from './spectrum.ts';
