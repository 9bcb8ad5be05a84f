import path from 'node:path';
import { readKeras } from '../../models/keras/read-keras.ts';
import { readLayersModel } from '../../models/keras/read-layers-model.ts';
import { shortPath } from '../../project.ts';
import { filesOf } from '../../storage/files/new-folder.ts';
import { cachedModel } from '../../backbones/hub-model.ts';
import { isHubName } from '../../storage/hub/name.ts';
import { listed } from '../../text/listed.ts';
import { fileExists, isFolder, textIfThere } from '../../storage/files/read-file.ts';
import { type TemporaryFolder, unzip } from '../../storage/files/unzip.ts';
import { modelFileKind } from '../../storage/weights/model-file-kind.ts';
import { fromLayers, type Source } from './from-layers.ts';
import { fromOnnx } from './from-onnx.ts';
import type { ImportedNetwork } from './imported-network.ts';
import type { ImportOptions } from './import-options.ts';
import { KERAS, TEACHABLE_MACHINE, TEACHABLE_MACHINE_IN_KERAS } from './origins.ts';

const EXPECTED =
  'expected Teachable Machine’s ZIP or folder, a model.json of TensorFlow.js, a .keras or .h5 file that holds a whole model of Keras, or an ONNX file or a folder with one';

/**
 * Unpacks what was given, if it is an archive with a classifier inside: a ZIP that is no file of Keras.
 * @returns the folder, which the caller removes; undefined for anything else
 */
export async function unpacked(from: string): Promise<TemporaryFolder | undefined> {
  if (isHubName(from) || !fileExists(from) || isFolder(from) || /\.onnx$/i.test(from)) return undefined;
  return path.basename(from) !== 'model.json' && (await modelFileKind(from)) === 'zip' ? unzip(from) : undefined;
}

/**
 * Reads somebody else's classifier, whatever it is.
 * @param from a file or a folder; or `hf:org/name`
 * @throws Error naming the file, and what was expected of it
 */
export async function readNetwork(from: string, options: ImportOptions): Promise<ImportedNetwork> {
  if (isHubName(from)) return fromOnnx(cachedModel(from).path, options);
  if (!fileExists(from)) throw new Error(`${shortPath(from)}: ${EXPECTED}; there is nothing.`);
  if (isFolder(from)) {
    const model = onnxIn(from);
    return model === undefined ? readFolder(from, from, options) : fromOnnx(model, options);
  }
  if (/\.onnx$/i.test(from)) return fromOnnx(from, options);
  checkOnlyOnnx(options, from);
  if (path.basename(from) === 'model.json') return readFolder(path.dirname(from), from, options);
  if ((await modelFileKind(from)) === 'keras')
    return fromLayers(await readKeras(from), { file: from, ...KERAS }, options);
  throw new Error(`${shortPath(from)}: ${EXPECTED}; got another file.`);
}

/** Finds the ONNX file that a folder stands for: the one that transformers.js takes, `model.onnx`, or the only one. */
function onnxIn(folder: string): string | undefined {
  const files = filesOf(folder).map(({ name }) => name);
  if (files.some((name) => ['model.json', 'keras_model.h5'].includes(path.posix.basename(name)))) return undefined;
  if (files.includes('classifier.json'))
    throw new Error(
      `${shortPath(folder)}: expected somebody else’s classifier; it is one of Graft’s already: graft evaluate and graft predict take it as --classifier.`,
    );
  const models = files.filter((name) => name.toLowerCase().endsWith('.onnx'));
  const found = ['onnx/model.onnx', 'model.onnx'].find((name) => models.includes(name)) ?? models[0];
  if (models.length > 1 && !['onnx/model.onnx', 'model.onnx'].includes(found))
    throw new RangeError(
      `${shortPath(folder)}: expected one ONNX file; it holds ${models.length}: ${listed(models)}. Name one of them.`,
    );
  return found === undefined ? undefined : path.join(folder, found);
}

/** Refuses what only an ONNX file needs to be told. */
function checkOnlyOnnx({ size, layout, output }: ImportOptions, from: string): void {
  for (const [name, value] of Object.entries({ size, layout, output }))
    if (value !== undefined)
      throw new RangeError(
        `${name}: expected none for ${shortPath(from)}, whose layers say it; got ${String(value)}. It is for ONNX files.`,
      );
}

/**
 * Reads what lies in a folder: a layers model of TensorFlow.js, or Teachable Machine's file for Keras.
 * @param named what the user gave, for errors
 */
async function readFolder(folder: string, named: string, options: ImportOptions): Promise<ImportedNetwork> {
  checkOnlyOnnx(options, named);
  const files = filesOf(folder).map(({ name }) => name);
  const find = (name: string): string | undefined => files.find((file) => path.posix.basename(file) === name);
  const model = find('model.json');
  if (model !== undefined) {
    const file = path.join(folder, model);
    const metadata = textIfThere(path.join(path.dirname(file), 'metadata.json'));
    const labels = metadata === undefined ? undefined : labelsIn(metadata, named);
    const source: Source = labels
      ? { file: named, ...TEACHABLE_MACHINE, classNames: labels }
      : { file: named, ...KERAS, origin: 'TensorFlow.js' };
    return fromLayers(readLayersModel(file), source, options);
  }
  const keras = find('keras_model.h5');
  const lines = keras && textIfThere(path.join(folder, path.dirname(keras), 'labels.txt'));
  if (keras === undefined || lines === undefined)
    throw new Error(`${shortPath(named)}: ${EXPECTED}; it holds ${files.slice(0, 4).join(', ') || 'nothing'}.`);
  // `0 cat`, one a line
  const classNames = lines.split(/\r?\n/).flatMap((line) => /^\d+ (.+)$/.exec(line.trimEnd())?.[1] ?? []);
  const source = { file: named, ...TEACHABLE_MACHINE_IN_KERAS, classNames };
  return fromLayers(await readKeras(path.join(folder, keras)), source, options);
}

/** Reads the names of Teachable Machine's classes; undefined if it is another tool's metadata. */
function labelsIn(text: string, named: string): readonly string[] | undefined {
  let labels: unknown;
  try {
    ({ labels } = JSON.parse(text) as { readonly labels?: unknown });
  } catch (cause) {
    throw new Error(`${shortPath(named)}: its metadata.json is no JSON: it is damaged.`, { cause });
  }
  if (labels === undefined) return undefined;
  if (!Array.isArray(labels) || !labels.every((label): label is string => typeof label === 'string'))
    throw new Error(
      `${shortPath(named)}: expected names of classes in "labels" of its metadata.json; got something else.`,
    );
  return labels;
}
