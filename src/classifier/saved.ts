import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { fingerprint } from '../features/extract.ts';
import { replaceFile } from '../storage/replace-file.ts';
import { type Kernel, KERNELS } from '../pixels/interpolation.ts';
import { type Preprocessing, PREPROCESSING } from '../pixels/preprocess.ts';
import { shortPath } from '../project.ts';
import { readSealed, writeSealed } from '../storage/sealed-json.ts';
import { NETWORK_NAMES, type NetworkName } from '../models/networks.ts';
import { findWeights } from '../models/weights-files.ts';
import { loadNetwork } from '../models/network.ts';
import { originOf } from '../models/origin.ts';
import { releaseWithLayers } from '../models/release.ts';
import { cutAt, freeze } from '../models/surgery.ts';

/** Everything that turns a picture into a class. */
export interface Classifier {
  readonly backbone: tf.LayersModel;
  readonly head: tf.LayersModel;
  readonly classNames: readonly string[];
  /** Size of the images it was trained on, before upscaling. */
  readonly imageSize: readonly [height: number, width: number];
  readonly kernel: Kernel;
  readonly preprocess: Preprocessing;
}

interface SavedClassifier {
  readonly format: 'graft classifier 1';
  readonly classNames: readonly string[];
  readonly imageSize: readonly [number, number];
  readonly kernel: Kernel;
  readonly preprocess: Preprocessing;
  readonly backbone: {
    readonly network: NetworkName;
    readonly cut: string;
    readonly inputSize: number;
    /** Where the weights were; a path, or a file's name in the folder itself. */
    readonly weights: string;
    /** Names the function the backbone computes; checked when loaded. */
    readonly fingerprint: string;
  };
  /** `sha256` is that of the file with its weights, whose name holds its first digits. */
  readonly head: { readonly topology: unknown; readonly weights: tf.io.WeightsManifestEntry[]; readonly sha256: string };
}

const FILE = 'classifier.json';
/** A name of its own for other weights: until classifier.json is replaced the old ones stay whole. */
const headFile = (sum: string): string => `head-${sum.slice(0, 12)}.bin`;

/**
 * Saves a classifier to a folder: `classifier.json` and `head-….bin`; one that is there is replaced as a whole or not at all. The backbone's weights are named, not copied.
 * @param options.includeBackbone copies the weights file as well, so that the folder is complete @default false
 * @throws Error when the backbone is not one of Graft's networks with weights from a file
 */
export async function saveClassifier(
  classifier: Classifier,
  folder: string,
  { includeBackbone = false }: { readonly includeBackbone?: boolean } = {},
): Promise<void> {
  const { backbone, head } = classifier;
  const origin = originOf(backbone);
  if (!origin?.weights) throw new Error(`saveClassifier: expected a backbone with weights from a file; "${backbone.name}" has none.`);
  await mkdir(folder, { recursive: true });
  let artifacts: tf.io.ModelArtifacts | undefined;
  await head.save(
    tf.io.withSaveHandler((saved) => {
      artifacts = saved;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    }),
  );
  const weights = includeBackbone ? path.basename(origin.weights.file) : origin.weights.file;
  if (includeBackbone && path.resolve(folder, weights) !== origin.weights.file) {
    await copyFile(origin.weights.file, path.join(folder, `${weights}.tmp`));
    await rename(path.join(folder, `${weights}.tmp`), path.join(folder, weights));
  }
  const data = artifacts!.weightData!;
  const bytes = Buffer.concat([data].flat().map((part) => Buffer.from(part)));
  const head256 = sha256(bytes);
  replaceFile(path.join(folder, headFile(head256)), bytes);
  const saved: SavedClassifier = {
    format: 'graft classifier 1',
    classNames: classifier.classNames,
    imageSize: classifier.imageSize,
    kernel: classifier.kernel,
    preprocess: classifier.preprocess,
    backbone: {
      network: origin.network,
      cut: backbone.layers.at(-1)!.name,
      inputSize: (backbone.inputs[0].shape as number[])[1],
      weights,
      fingerprint: fingerprint(backbone),
    },
    head: { topology: artifacts!.modelTopology, weights: artifacts!.weightSpecs!, sha256: head256 },
  };
  // through JSON, so that the checksum is that of what will be read
  writeSealed(path.join(folder, FILE), JSON.parse(JSON.stringify(saved)) as object);
  for (const name of await readdir(folder))
    if (/^head-[0-9a-f]{12}\.bin$/.test(name) && name !== headFile(head256)) await rm(path.join(folder, name), { force: true });
}

/**
 * Loads a classifier that `saveClassifier` saved; its predictions equal the saved one's.
 * @param options.weights the backbone's weights, where they are no longer where they were
 * @throws Error naming what is missing or has changed
 */
export async function loadClassifier(folder: string, { weights }: { readonly weights?: string } = {}): Promise<Classifier> {
  const file = path.join(folder, FILE);
  const saved = readSaved(file);
  const { network, cut, inputSize } = saved.backbone;
  const own = path.resolve(folder, saved.backbone.weights);
  const source = weights ?? (existsSync(own) ? own : findWeights(network));
  if (!source)
    throw new Error(`${shortPath(file)}: expected ${network}'s weights at ${saved.backbone.weights}; they are not there. Name them with { weights }.`);
  const whole = await loadNetwork(network, { weights: source, ...(cut.startsWith('block') && { top: false, inputSize }) });
  const backbone = freeze(cutAt(whole, cut));
  if (fingerprint(backbone) !== saved.backbone.fingerprint) {
    throw new Error(`${shortPath(file)}: expected the weights that the classifier was trained with; ${shortPath(source)} holds others.`);
  }
  const weightsFile = path.join(folder, headFile(saved.head.sha256));
  const data = await readFile(weightsFile).catch((cause: Error) => {
    throw new Error(`${shortPath(weightsFile)}: expected the head's weights; ${cause.message}`, { cause });
  });
  const bytes = saved.head.weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 4), 0);
  if (data.length !== bytes) throw new Error(`${shortPath(weightsFile)}: expected ${bytes} bytes; got ${data.length}.`);
  if (sha256(data) !== saved.head.sha256) throw new Error(`${shortPath(weightsFile)} is damaged: its checksum differs.`);
  const head = await tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: saved.head.topology as tf.io.ModelJSON['modelTopology'],
      weightSpecs: saved.head.weights,
      weightData: data.buffer.slice(data.byteOffset, data.byteOffset + data.length),
    }),
  );
  const { classNames, imageSize, kernel, preprocess } = saved;
  return { backbone, head: releaseWithLayers(head), classNames, imageSize, kernel, preprocess };
}

function readSaved(file: string): SavedClassifier {
  if (!existsSync(file)) throw new Error(`${shortPath(file)}: expected a classifier saved by \`graft train --save FOLDER\`; there is none.`);
  const saved = readSealed<SavedClassifier>(file);
  checkSaved(saved, shortPath(file));
  return saved;
}

/** A file with a right checksum may still have been made by something else. */
function checkSaved({ format, classNames, imageSize, kernel, preprocess, backbone, head }: Partial<SavedClassifier>, file: string): void {
  const expect = (right: boolean, what: string, got: unknown): void => {
    if (!right) throw new Error(`${file}: expected ${what}; got ${JSON.stringify(got) ?? 'nothing'}.`);
  };
  expect(format === 'graft classifier 1', 'format "graft classifier 1"', format);
  expect(Array.isArray(classNames) && classNames.every((name) => typeof name === 'string'), 'classNames, a list of names', classNames);
  expect(
    Array.isArray(imageSize) && imageSize.length === 2 && imageSize.every((side) => Number.isInteger(side) && side > 0),
    'imageSize, two numbers of pixels',
    imageSize,
  );
  expect(KERNELS.includes(kernel!), `kernel, one of ${KERNELS.join(', ')}`, kernel);
  expect(PREPROCESSING.includes(preprocess!), `preprocess, one of ${PREPROCESSING.join(', ')}`, preprocess);
  expect(NETWORK_NAMES.includes(backbone?.network as NetworkName), `backbone.network, one of ${NETWORK_NAMES.join(', ')}`, backbone);
  expect(
    [backbone?.cut, backbone?.weights, backbone?.fingerprint].every((text) => typeof text === 'string'),
    'cut, weights and fingerprint of the backbone',
    backbone,
  );
  expect(
    Boolean(head) && Array.isArray(head!.weights) && head!.weights.every((weight) => Array.isArray(weight?.shape)) && /^[0-9a-f]{64}$/.test(head!.sha256),
    'weights and sha256 of the head',
    head,
  );
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
