import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { onnxBackbone } from '../../backbones/onnx-backbone.ts';
import type { Fitting } from '../../data/dataset.ts';
import { READING } from '../../data/pictures/reading.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import { useTensorFlow } from '../../host/tensorflow.ts';
import type { FileBackbone } from '../../models/file-backbone.ts';
import { noteFacts, noteSeen } from '../../models/facts.ts';
import { buildHead } from '../../models/head.ts';
import { locationsBeside } from '../../runtime/read-onnx.ts';
import { shortPath } from '../../project.ts';
import { checkReplaceable, filesOf, putFolder } from '../../storage/files/new-folder.ts';
import { fileExists } from '../../storage/files/read-file.ts';
import { listed } from '../../text/listed.ts';
import { type Classifier, createClassifier } from '../classifier.ts';
import { loadClassifier } from '../load.ts';
import { saveClassifier } from '../save.ts';
import { distinctNames, readClassNames } from './class-names.ts';
import type { ImportedNetwork, SoftmaxWeights } from './imported-network.ts';
import type { ImportOptions } from './import-options.ts';
import { readNetwork, unpacked } from './read-network.ts';
import { scoresHead } from './scores-head.ts';

/** What an import made. */
export interface Imported {
  /** The classifier, loaded from its folder. */
  readonly classifier: Classifier;
  readonly folder: string;
  /** Where it comes from: `Teachable Machine`, `TensorFlow.js`, `Keras` or `ONNX`. */
  readonly origin: string;
  /** What was found in its files: where its names stand, whether it gives scores or probabilities. */
  readonly found: readonly string[];
  /** What its files do not say, so that it may answer otherwise than at its origin. */
  readonly remarks: readonly string[];
  /** Says it in a few lines. */
  toString(): string;
}

/**
 * Makes a classifier of somebody else's: a ZIP or a folder of Teachable Machine, a layers model of TensorFlow.js, a
 * `.keras` or `.h5` file of Keras, or an ONNX file that ends in scores or probabilities, with what lies beside it. It is
 * not trained again: it answers as its origin does, with the resizing and the preprocessing of its origin, and what
 * takes Graft's classifiers takes it.
 * @param from a file or a folder; or `hf:org/name`, once it was downloaded
 * @throws Error naming a layer that Graft has no counterpart for, or what is wrong with the file; nothing is written then
 * @example
 * const { classifier } = await importClassifier('teachable.zip', { out: 'results/teachable' });
 */
export async function importClassifier(from: string, options: ImportOptions): Promise<Imported> {
  const { out, cropFraction, size } = options;
  checkOptions('importClassifier', { cropFraction, size });
  if (!out) throw new RangeError('out: expected a folder to write; got none.');
  const named = shortPath(from);
  const before = fileExists(path.join(out, 'classifier.json'));
  checkReplaceable(out, '', { by: 'an import', ...(before && { own: ownFiles(out) }) });
  const folder = await unpacked(from);
  try {
    return await importFrom(from, folder?.path ?? from, options);
  } catch (cause) {
    // nobody has seen the folder that it was unpacked into
    if (folder && cause instanceof Error) cause.message = cause.message.replaceAll(shortPath(folder.path), named);
    throw cause;
  } finally {
    folder?.remove();
  }
}

/** @param at where what was given lies: its own place, or the folder that it was unpacked into */
async function importFrom(from: string, at: string, options: ImportOptions): Promise<Imported> {
  const { out } = options;
  const named = shortPath(from);
  const network = await readNetwork(at, options);
  await useTensorFlow();
  const given = typeof network.file === 'string' ? await onnxBackbone(network.file, network.backbone) : undefined;
  const softmax = typeof network.softmax === 'object' ? network.softmax : await scoresHead(given!, named, network);
  const { names: classNames, twice } = distinctNames(namesOf(network, softmax, named, options.classNames));
  await putFolder(out, async (folder) => {
    const file = `${nameOf(from)}.onnx`;
    if (!given) folder.write(file, network.file);
    const backbone = given ?? (await onnxBackbone(folder.file(file), network.backbone));
    const made = classifierOf({ softmax, fit: network.fit }, backbone, classNames);
    await saveClassifier(made, folder.path, { includeBackbone: true });
  });
  const classifier = await loadClassifier(out);
  const { origin, fit, found = [] } = network;
  const remarks = [
    ...network.remarks,
    ...(twice.length
      ? [`several classes have one name, ${listed(twice)}: the number of the output was put behind it`]
      : []),
  ];
  const text = (): string =>
    [
      `${shortPath(out)}: ${String(classifier)}`,
      `imported from ${origin}; photos are brought to ${classifier.imageSize.join('×')} (${fit.fit}, ${fit.interpolation})`,
      ...found,
      ...remarks.map((remark) => `note: ${remark}`),
      `how right it is on labelled photos: graft evaluate --classifier ${shortPath(out)} --data FOLDER --split all`,
    ].join('\n');
  const imported = { classifier, folder: out, origin, found, remarks, toString: text };
  return { ...imported, [Symbol.for('nodejs.util.inspect.custom')]: text };
}

/** Matches the files of a folder that an import wrote, with the weights that lie beside its graph. */
function ownFiles(folder: string): RegExp {
  const models = filesOf(folder).filter(({ name }) => name.endsWith('.onnx'));
  const beside = models.flatMap(({ name }) => {
    try {
      return locationsBeside(path.join(folder, name));
    } catch {
      return []; // damaged
    }
  });
  const escaped = beside.map((name) => name.replace(/[^\w/]/g, '\\$&'));
  return new RegExp(`^(${['classifier\\.json', 'head-[0-9a-f]{12}\\.bin', '[\\w.-]+\\.onnx', ...escaped].join('|')})$`);
}

/** Names a backbone after what was given: its file, or the folder of its model.json. */
function nameOf(from: string): string {
  const at = path.resolve(from);
  const { name } = path.parse(path.basename(at) === 'model.json' ? path.dirname(at) : at);
  return name.replace(/[^\w.-]+/g, '-') || 'imported';
}

function namesOf(
  { classNames: own }: ImportedNetwork,
  { classes }: SoftmaxWeights,
  named: string,
  given?: readonly string[] | string,
): readonly string[] {
  const names = (typeof given === 'string' ? readClassNames(given) : given) ?? own;
  const expected = `classNames: expected a name for each of the ${classes} outputs of ${named}`;
  if (!names) throw new RangeError(`${expected}; nothing names them there.`);
  if (names.length !== classes || names.some((name) => !name))
    throw new RangeError(`${expected}; got ${names.length}: ${listed(names)}.`);
  return names;
}

function classifierOf(
  { softmax: { inputs, kernel, bias, classes }, fit }: { readonly softmax: SoftmaxWeights; readonly fit: Fitting },
  backbone: FileBackbone,
  classNames: readonly string[],
): Classifier {
  const { size } = backbone.input;
  const imageSize = [size, size] as const;
  const head = buildHead(backbone.outputShape, { classes: classNames, dropout: 0 });
  tf.tidy(() => head.setWeights([tf.tensor(kernel, [inputs, classes]), tf.tensor(bias, [classes])]));
  // what it was trained on, nobody here knows
  noteSeen(head, undefined);
  noteFacts(head, { trained: { base: backbone.id, backbone: String(backbone), imageSize, fit, reading: READING } });
  return createClassifier({ backbone, head, classNames, imageSize, fit });
}
