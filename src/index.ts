/**
 * The front door: what cells and programs import from `graft-ml`. Pictures are in `graft-ml/plots`, and views into features and
 * heads in `graft-ml/analysis`.
 */

import './installed.mjs';

// images with labels
export { defaultData, loadData } from './data/load.ts';
export { cifar10 } from './data/named/cifar10.ts';
export { cifar10Sample } from './data/named/cifar10-sample.ts';
export { shapes10 } from './data/named/shapes10.ts';
export { type Photos, photos } from './data/photos.ts';
export { defaultPhotos } from './data/default-photos.ts';
export { type Dataset, makeDataset, pick, take } from './data/dataset.ts';
export { withClasses } from './data/with-classes.ts';
export { sample, type Sample, type Splits, subset } from './data/subset.ts';
export { augmented } from './data/augmented.ts';
export { savePicture } from './data/pictures/picture-files.ts';
export { picturePaths } from './data/pictures/picture-paths.ts';

// networks, and their surgery
export { fastSize } from './models/networks/fast-size.ts';
export { loadNetwork, mobileNetV2, resnet50, vgg16, vgg19, vgg19Mini } from './models/networks/network.ts';
export { loadLayers } from './models/load-layers.ts';
export type { NetworkName } from './models/networks/networks.ts';
export { defaultNetwork } from './models/networks/published-weights.ts';
export { classifier, cutAt, freeze, withHead, withoutTop } from './models/surgery.ts';
export { buildHead } from './models/head.ts';
export { split, splitModel } from './models/split.ts';
export { type Backbone, backboneOf } from './models/backbone.ts';
export { onnxBackbone } from './backbones/onnx-backbone.ts';
export { onnxCuts } from './backbones/onnx-cuts.ts';
export { backbonesAtHand, knownBackbones } from './backbones/backbones-at-hand.ts';
export { defaultBackbone, efficientNetLite0, loadBackbone } from './backbones/load-backbone.ts';
export { downloadModel } from './backbones/hub-model.ts';
export { INTERPOLATIONS } from './pixels/interpolation.ts';
export { secondsInTurns, secondsPerImage } from './runtime/speed.ts';

// features: the frozen part, computed once per image
export { extractFeatures } from './features/extract.ts';
export { extractViews, firstViews } from './features/views.ts';
export { liveViews } from './features/live-views.ts';
export { type Features, features } from './features/features.ts';

// training
export { fit } from './training/fit.ts';
export { draw } from './training/data.ts';
export { classReport, type ClassReport } from './training/evaluation/class-report.ts';
export { evaluate } from './training/evaluation/evaluate.ts';
export { type Evaluation, rightOf } from './training/evaluation/evaluation.ts';
export { type Mistake, mistakesOf } from './training/evaluation/mistakes.ts';
export { surest } from './training/evaluation/surest.ts';
export { scaleTemperature } from './training/evaluation/temperature.ts';
export { type ThresholdRow, thresholdTable } from './training/evaluation/thresholds.ts';
export { fineTune, headAbove } from './training/fine-tune.ts';
export { findLearningRate } from './training/find-learning-rate.ts';
export { stopAfter } from './training/stop-after.ts';
export type { Epoch, History } from './training/history.ts';

// a classifier to keep
export type { Classifier } from './classifier/classifier.ts';
export { classifierOf } from './classifier/classifier-of.ts';
export { predict } from './classifier/predict.ts';
export { predictFiles } from './classifier/predict-files.ts';
export { saveClassifier } from './classifier/save.ts';
export { loadClassifier } from './classifier/load.ts';
export { exportClassifier } from './classifier/export/export-classifier.ts';
export { importClassifier } from './classifier/import/import-classifier.ts';
export { savePage } from './page/save-page.ts';
export { saveTeachingPage } from './page/save-teaching-page.ts';

// experiments
export { trainClassifier } from './experiments/train.ts';
export { sweep, type SweepRun } from './experiments/sweep.ts';
export { answer, answerAmong } from './experiments/answer.ts';
export { compareRuns } from './experiments/statistics/compare.ts';
export { compareAll, compareSettings } from './experiments/statistics/compare-settings.ts';
export { meanAccuracy } from './experiments/statistics/mean-accuracy.ts';
export { listRuns, recordRun } from './experiments/runs.ts';
export { bringFolder } from './storage/places/bring-folder.ts';

// in a notebook
export * as Plot from '@observablehq/plot';
export { show, showLive } from './notebook/show/display.ts';
export { liveCurve } from './notebook/show/live-curve.ts';
export { describeSetting, startingSize } from './notebook/starting-point.ts';
export { progressBar } from './host/progress.ts';
export { cellSignal } from './host/host.ts';
export { hardware } from './host/machine.ts';
export { useTensorFlow } from './host/tensorflow.ts';
