import * as tf from '@tensorflow/tfjs';
import { useTensorFlow } from '../host/tensorflow.ts';
import { backboneOf, type Calibration, withInt8 } from '../models/backbone.ts';
import { noteFacts } from '../models/facts.ts';
import { TOP_LAYERS } from '../models/networks.ts';
import { loadNetwork } from '../models/network.ts';
import { releaseWithLayers } from '../models/release.ts';
import { withKerasSummary } from '../models/summary.ts';
import { cutAt, freeze } from '../models/surgery.ts';
import { findWeights } from '../models/published-weights.ts';
import { shortPath } from '../project.ts';
import { findBeside, readClassifierJson, readHead } from '../storage/classifier-folder.ts';
import { type Classifier, createClassifier } from './classifier.ts';
import { checkSaved, type SavedClassifier } from './saved-format.ts';

/**
 * Loads a classifier that `saveClassifier` saved; its predictions equal the saved one's.
 * @param options.weights the backbone's weights, where they are no longer where they were
 * @throws Error naming what is missing or has changed
 */
export async function loadClassifier(
  folder: string,
  { weights }: { readonly weights?: string } = {},
): Promise<Classifier> {
  const { file, saved } = readClassifierJson<SavedClassifier>(folder);
  checkSaved(saved, file);
  await useTensorFlow();
  const { network, cut, inputSize, fingerprint, int8 } = saved.backbone;
  const source = weights ?? findBeside(folder, saved.backbone.weights) ?? findWeights(network);
  if (!source)
    throw new Error(
      `${file}: expected ${network}'s weights at ${saved.backbone.weights}; they are not there. Name them with { weights }.`,
    );
  const whole = await loadNetwork(network, {
    weights: source,
    inputSize,
    top: TOP_LAYERS.includes(cut),
  });
  const { kernel: interpolation, preprocess, classNames, imageSize, temperature, fit } = saved;
  const float = backboneOf(freeze(cutAt(whole, cut)), { interpolation, preprocess });
  if (float.id !== fingerprint)
    throw new Error(
      `${file}: expected the weights that the classifier was trained with; ${shortPath(source)} holds others.`,
    );
  const head = await loadHead(folder, saved);
  noteFacts(head, {
    network,
    classNames,
    newLayers: saved.head.newLayers,
    trained: { base: float.id, backbone: String(int8 ? withInt8(float, int8) : float), int8, imageSize, fit },
    temperature,
  });
  return createClassifier({
    backbone: int8 ? withInt8(float, int8 satisfies Calibration) : float,
    head,
    classNames,
    imageSize,
    fit,
  });
}

async function loadHead(folder: string, { head }: SavedClassifier): Promise<tf.LayersModel> {
  const bytes = head.weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 4), 0);
  const model = await tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: head.topology as tf.io.ModelJSON['modelTopology'],
      weightSpecs: head.weights,
      weightData: readHead(folder, head.sha256, bytes),
    }),
  );
  return withKerasSummary(releaseWithLayers(model));
}
