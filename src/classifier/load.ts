import type * as tf from '@tensorflow/tfjs';
import { type Backbone, backboneOf, type Calibration, type LayersBackbone, withInt8 } from '../models/backbone.ts';
import { noteFacts, noteSeen } from '../models/facts.ts';
import { fileBackbone, type FileBackbone } from '../models/file-backbone.ts';
import { cutWith } from '../models/cut.ts';
import { type LayerLibrary, tensorFlowLayers } from '../models/layer-library.ts';
import { loadNetworkWith } from '../models/networks/network.ts';
import { type NetworkName, TOP_LAYERS } from '../models/networks/networks.ts';
import { releaseWithLayers } from '../models/release.ts';
import { withKerasSummary } from '../models/summary.ts';
import { plainHead } from '../models/plain/plain-head.ts';
import { plainLayers } from '../models/plain/plain-layers.ts';
import { findWeights, ownNetwork } from '../models/networks/published-weights.ts';
import { shortPath } from '../project.ts';
import { onnxBackboneAlone } from '../backbones/onnx-backbone.ts';
import { bringFolder } from '../storage/places/bring-folder.ts';
import { findBeside, HUB_MODEL, readClassifierJson, readHead, readSeen } from './classifier-folder.ts';
import { KEY_BYTES } from '../storage/rows/keys.ts';
import { isUri } from '../storage/places/place.ts';
import { cachedFile, type HubFile } from '../storage/hub/cache.ts';
import { hubText } from '../storage/hub/name.ts';
import { chooseEngine, type EngineName } from '../runtime/running.ts';
import { plainScorer } from '../training/evaluation/plain-scores.ts';
import type { SeenPictures } from '../data/seen.ts';
import { type Classifier, createClassifier } from './classifier.ts';
import { isZipped, withUnzipped } from './zipped.ts';
import { checkSaved, type SavedClassifier, type SavedFile } from './saved-format.ts';

/**
 * Loads a classifier that `saveClassifier` saved to a folder or `s3://…`, or the ZIP that a teaching page saved; its
 * predictions equal those of the saved one.
 * @param options.weights the backbone's weights, if they are no longer where they were
 * @throws Error naming what is missing or has changed
 * @example
 * const kept = await loadClassifier('results/classifier');
 */
export const loadClassifier = (place: string, { weights }: { readonly weights?: string } = {}): Promise<Classifier> =>
  load(place, { weights, library: tensorFlowLayers, headWith: tensorFlowHead });

/**
 * Loads a classifier that only predicts and is tested: of plain layers, without TensorFlow.js. That is loaded only if
 * it is the engine, or if the head has layers that need it.
 * @param options.engine the engine that the backbone will run in @default 'auto'
 */
export async function loadToPredict(
  place: string,
  { weights, engine }: { readonly weights?: string; readonly engine?: EngineName | 'auto' } = {},
): Promise<Classifier> {
  const library = async (): Promise<LayerLibrary> =>
    (await chooseEngine(engine)) === 'tensorflow' ? tensorFlowLayers() : plainLayers;
  const headWith: HeadLoader = async (topology, specs, data) => {
    const plain = plainHead(topology, specs, data);
    return plain && plainScorer(plain) ? plain : tensorFlowHead(topology, specs, data);
  };
  return load(place, { weights, library, headWith });
}

type HeadLoader = (
  topology: unknown,
  specs: tf.io.WeightsManifestEntry[],
  data: ArrayBuffer,
) => Promise<tf.LayersModel>;

interface Libraries {
  readonly weights?: string;
  /** Loads what a network's layers are built with. */
  readonly library: () => LayerLibrary | Promise<LayerLibrary>;
  readonly headWith: HeadLoader;
}

async function load(place: string, libraries: Libraries): Promise<Classifier> {
  if (isUri(place)) {
    const wanted = (name: string): boolean => !name.includes('/') || name === HUB_MODEL;
    return loadFolder(await bringFolder(place, { wanted }), libraries);
  }
  return isZipped(place)
    ? withUnzipped(place, (folder) => loadFolder(folder, libraries))
    : loadFolder(place, libraries);
}

async function loadFolder(folder: string, { weights, library, headWith }: Libraries): Promise<Classifier> {
  const { file, saved } = readClassifierJson<SavedClassifier>(folder);
  checkSaved(saved, file);
  const { network, fingerprint, int8, onnx } = saved.backbone;
  const known = onnx
    ? ((onnx.hub && cachedFile(onnx.hub)) ?? ownNetwork(network))
    : findWeights(network as NetworkName);
  const source = weights ?? findBeside(folder, saved.backbone.weights) ?? known;
  if (!source)
    throw new Error(
      `${file}: expected ${network}'s weights at ${saved.backbone.weights}; they are not there. ${whereFrom(onnx?.hub)}Name them with { weights }.`,
    );
  const { classNames, imageSize, temperature, fit, division, reading } = saved;
  const float: Backbone = onnx
    ? await fileBackboneOf(saved, onnx, source)
    : await layersBackboneOf(saved, source, library);
  if (float.id !== fingerprint)
    throw new Error(
      `${file}: expected the weights that the classifier was trained with; ${shortPath(source)} holds others.`,
    );
  const head = await loadHead(folder, saved, headWith);
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
  library: Libraries['library'],
): Promise<LayersBackbone> {
  const layers = await library();
  const whole = await loadNetworkWith(() => layers, network as NetworkName, {
    weights,
    inputSize,
    top: TOP_LAYERS.includes(cut),
  });
  const part = cutWith(layers, whole, cut);
  for (const layer of part.layers) layer.trainable = false;
  return backboneOf(part, { interpolation, preprocess });
}

async function fileBackboneOf(
  { kernel: interpolation, preprocess, backbone: { network, cut, inputSize: size } }: SavedClassifier,
  { pooling, layout, cutLayout, cropFraction, fit, entry, hub }: SavedFile,
  file: string,
): Promise<FileBackbone> {
  const input = { size, interpolation, preprocess, layout, cropFraction, resize: fit, entry };
  const backbone = await onnxBackboneAlone(file, { cut, pooling, cutLayout, input });
  // a copy in the classifier's folder is still what was downloaded, and a graph around a network is still that network
  return fileBackbone({
    ...backbone,
    ...(entry !== undefined && { network }),
    file: { ...backbone.file, ...(hub && { hub }) },
  });
}

function seenIn(folder: string, { pictures }: SavedClassifier): SeenPictures | undefined {
  const names = pictures && readSeen(folder, pictures.sha256);
  if (!names) return undefined;
  const end = pictures.training * KEY_BYTES;
  return { training: names.subarray(0, end), validation: names.subarray(end) };
}

const whereFrom = (hub: HubFile | undefined): string =>
  hub ? `\`npx graft download ${hubText({ ...hub, revision: hub.commit })}\` brings them back. ` : '';

function loadHead(folder: string, { head }: SavedClassifier, headWith: HeadLoader): Promise<tf.LayersModel> {
  const bytes = head.weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 4), 0);
  return headWith(head.topology, head.weights, readHead(folder, head.sha256, bytes));
}

const tensorFlowHead: HeadLoader = async (topology, weightSpecs, weightData) => {
  const tf = await tensorFlowLayers();
  const modelTopology = topology as tf.io.ModelJSON['modelTopology'];
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  return withKerasSummary(releaseWithLayers(model));
};
