import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { onnxBackbone } from '../../backbones/onnx-backbone.ts';
import { READING } from '../../data/pictures/reading.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import { useTensorFlow } from '../../host/tensorflow.ts';
import type { FileBackbone } from '../../models/file-backbone.ts';
import { noteFacts, noteSeen } from '../../models/facts.ts';
import { buildHead } from '../../models/head.ts';
import { shortPath } from '../../project.ts';
import { checkReplaceable, putFolder } from '../../storage/files/new-folder.ts';
import { fileExists } from '../../storage/files/read-file.ts';
import { listed } from '../../text/listed.ts';
import { type Classifier, createClassifier } from '../classifier.ts';
import { loadClassifier } from '../load.ts';
import { saveClassifier } from '../save.ts';
import type { ImportedNetwork } from './imported-network.ts';
import type { ImportOptions } from './import-options.ts';
import { readNetwork } from './read-network.ts';

/** What an import made. */
export interface Imported {
  /** The classifier, loaded from its folder. */
  readonly classifier: Classifier;
  readonly folder: string;
  /** Where it comes from: `Teachable Machine`, `TensorFlow.js` or `Keras`. */
  readonly origin: string;
  /** What its files do not say, so that it may answer otherwise than at its origin. */
  readonly remarks: readonly string[];
  /** Says it in a few lines. */
  toString(): string;
}

/**
 * Makes a classifier of somebody else's: a ZIP or a folder of Teachable Machine, a layers model of TensorFlow.js, or a
 * `.keras` or `.h5` file of Keras. It is not trained again: it answers as its origin does, with the resizing and the
 * preprocessing of its origin, and what takes Graft's classifiers takes it.
 * @param from a file or a folder
 * @throws Error naming a layer that Graft has no counterpart for, or what is wrong with the file; nothing is written then
 * @example
 * const { classifier } = await importClassifier('teachable.zip', { out: 'results/teachable' });
 */
export async function importClassifier(from: string, options: ImportOptions): Promise<Imported> {
  const { out, cropFraction } = options;
  checkOptions('importClassifier', { cropFraction });
  if (!out) throw new RangeError('out: expected a folder to write; got none.');
  const before = fileExists(path.join(out, 'classifier.json'));
  checkReplaceable(out, '', { by: 'an import', ...(before && { own: OWN }) });
  const network = await readNetwork(from, options);
  const classNames = namesOf(network, from, options.classNames);
  await useTensorFlow();
  await putFolder(out, async (folder) => {
    const file = `${nameOf(from)}.onnx`;
    folder.write(file, network.file);
    const backbone = await onnxBackbone(folder.file(file), network.backbone);
    await saveClassifier(classifierOf(network, backbone, classNames), folder.path, { includeBackbone: true });
  });
  const classifier = await loadClassifier(out);
  const { origin, fit, remarks } = network;
  const text = (): string =>
    [
      `${shortPath(out)}: ${String(classifier)}`,
      `imported from ${origin}; photos are brought to ${classifier.imageSize.join('×')} (${fit.fit}, ${fit.interpolation})`,
      ...remarks.map((remark) => `note: ${remark}`),
      `how right it is on labelled photos: graft evaluate --classifier ${shortPath(out)} --data FOLDER --split all`,
    ].join('\n');
  const imported = { classifier, folder: out, origin, remarks, toString: text };
  return { ...imported, [Symbol.for('nodejs.util.inspect.custom')]: text };
}

/** The files of a folder that an import writes. */
const OWN = /^(classifier\.json|head-[0-9a-f]{12}\.bin|[\w.-]+\.onnx)$/;

/** Names a backbone after what was given: its file, or the folder of its model.json. */
function nameOf(from: string): string {
  const at = path.resolve(from);
  const { name } = path.parse(path.basename(at) === 'model.json' ? path.dirname(at) : at);
  return name.replace(/[^\w.-]+/g, '-') || 'imported';
}

function namesOf(
  { classNames: own, softmax }: ImportedNetwork,
  from: string,
  given?: readonly string[],
): readonly string[] {
  const names = given ?? own;
  const expected = `classNames: expected a name for each of the ${softmax.classes} outputs of ${shortPath(from)}`;
  if (!names) throw new RangeError(`${expected}; nothing names them there.`);
  if (names.length !== softmax.classes || names.some((name) => !name))
    throw new RangeError(`${expected}; got ${names.length}: ${listed(names)}.`);
  return names;
}

function classifierOf(
  { softmax: { inputs, kernel, bias, classes }, fit }: ImportedNetwork,
  backbone: FileBackbone,
  classNames: readonly string[],
): Classifier {
  const { size } = backbone.input;
  const imageSize = [size, size] as const;
  const head = buildHead([inputs], { classes: classNames, dropout: 0 });
  tf.tidy(() => head.setWeights([tf.tensor(kernel, [inputs, classes]), tf.tensor(bias, [classes])]));
  // what it was trained on, nobody here knows
  noteSeen(head, undefined);
  noteFacts(head, { trained: { base: backbone.id, backbone: String(backbone), imageSize, fit, reading: READING } });
  return createClassifier({ backbone, head, classNames, imageSize, fit });
}
