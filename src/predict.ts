// the door `graft-ml/predict`: a saved classifier in a service; nothing behind it imports TensorFlow.js
export { openClassifier } from './classifier/open-classifier.ts';
export type { AskOptions, OpenClassifier, OpenClassifierOptions, Unclassified } from './classifier/open-classifier.ts';
export type { Prediction } from './classifier/predictor.ts';
export type { Picture } from './classifier/service/picture-bytes.ts';
export { PictureError } from './classifier/service/picture-error.ts';
