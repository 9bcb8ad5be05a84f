import * as tf from '@tensorflow/tfjs';
import { useTensorFlow } from '../host/tensorflow.ts';
import { type Backbone, backboneOf, type Calibration, type LayersBackbone, withInt8 } from '../models/backbone.ts';
import { noteFacts, noteSeen } from '../models/facts.ts';
import { fileBackbone, type FileBackbone } from '../models/file-backbone.ts';
import { loadNetwork } from '../models/networks/network.ts';
import { type NetworkName, TOP_LAYERS } from '../models/networks/networks.ts';
import { releaseWithLayers } from '../models/release.ts';
import { withKerasSummary } from '../models/summary.ts';
import { cutAt, freeze } from '../models/surgery.ts';
import { findWeights } from '../models/networks/published-weights.ts';
import { shortPath } from '../project.ts';
import { onnxBackbone } from '../backbones/onnx-backbone.ts';
import { bringFolder } from '../storage/places/bring-folder.ts';
import { findBeside, readClassifierJson, readHead, readSeen } from './classifier-folder.ts';
import { KEY_BYTES } from '../storage/rows/keys.ts';
import { isUri } from '../storage/places/place.ts';
import { cachedFile, type HubFile } from '../storage/hub/cache.ts';
import { hubText } from '../storage/hub/name.ts';
import type { SeenPictures } from '../data/seen.ts';
import { type Classifier, createClassifier } from './classifier.ts';
import { checkSaved, type SavedClassifier, type SavedFile } from './saved-format.ts';

/**
 * Loads a classifier that `saveClassifier` saved to a folder or `s3://…`; its predictions equal those of the saved one.
 * @param options.weights the backbone's weights, if they are no longer where they were
 * @throws Error naming what is missing or has changed
 * @example
 * const kept = await loadClassifier('results/classifier');
 */
export async function loadClassifier(
  place: string,
  { weights }: { readonly weights?: string } = {},
): Promise<Classifier> {
  const folder = isUri(place) ? await bringFolder(place, { wanted: (name) => !name.includes('/') }) : place;
  const { file, saved } = readClassifierJson<SavedClassifier>(folder);
  checkSaved(saved, file);
  await useTensorFlow();
  const { network, fingerprint, int8, onnx } = saved.backbone;
  const known = onnx ? onnx.hub && cachedFile(onnx.hub) : findWeights(network as NetworkName);
  const source = weights ?? findBeside(folder, saved.backbone.weights) ?? known;
  if (!source)
    throw new Error(
      `${file}: expected ${network}'s weights at ${saved.backbone.weights}; they are not there. ${whereFrom(onnx?.hub)}Name them with { weights }.`,
    );
  const { classNames, imageSize, temperature, fit, division, reading } = saved;
  const float: Backbone = onnx ? await fileBackboneOf(saved, onnx, source) : await layersBackboneOf(saved, source);
  if (float.id !== fingerprint)
    throw new Error(
      `${file}: expected the weights that the classifier was trained with; ${shortPath(source)} holds others.`,
    );
  const head = await loadHead(folder, saved);
  noteSeen(head, seenIn(folder, saved));
  noteFacts(head, {
    network,
    classNames,
    newLayers: saved.head.newLayers,
    trained: {
      base: float.id,
      backbone: String(int8 ? withInt8(float, int8) : float),
      ...{ int8, imageSize, fit, division, reading },
    },
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

async function layersBackboneOf(
  { kernel: interpolation, preprocess, backbone: { network, cut, inputSize } }: SavedClassifier,
  weights: string,
): Promise<LayersBackbone> {
  const whole = await loadNetwork(network as NetworkName, {
    weights,
    inputSize,
    top: TOP_LAYERS.includes(cut),
  });
  return backboneOf(freeze(cutAt(whole, cut)), { interpolation, preprocess });
}

async function fileBackboneOf(
  { kernel: interpolation, preprocess, backbone: { cut, inputSize: size } }: SavedClassifier,
  { pooling, layout, cutLayout, cropFraction, fit, hub }: SavedFile,
  file: string,
): Promise<FileBackbone> {
  const input = { size, interpolation, preprocess, layout, cropFraction, resize: fit };
  const backbone = await onnxBackbone(file, { cut, pooling, cutLayout, input });
  // a copy in the classifier's folder is still what was downloaded
  return hub ? fileBackbone({ ...backbone, file: { ...backbone.file, hub } }) : backbone;
}

function seenIn(folder: string, { pictures }: SavedClassifier): SeenPictures | undefined {
  const names = pictures && readSeen(folder, pictures.sha256);
  if (!names) return undefined;
  const end = pictures.training * KEY_BYTES;
  return { training: names.subarray(0, end), validation: names.subarray(end) };
}

const whereFrom = (hub: HubFile | undefined): string =>
  hub ? `\`graft download ${hubText({ ...hub, revision: hub.commit })}\` brings them back. ` : '';

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
