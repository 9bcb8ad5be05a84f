import { artifactsOf, weightBytesOf } from '../models/artifacts.ts';
import { factsOf, readingOf, seenBy } from '../models/facts.ts';
import type { SeenPictures } from '../data/seen.ts';
import { KEY_BYTES } from '../storage/rows/keys.ts';
import { locationsBeside } from '../runtime/read-onnx.ts';
import { besideFile } from '../storage/weights/onnx-file.ts';
import { NETWORK_NAMES } from '../models/networks/networks.ts';
import type { Model } from '../models/model.ts';
import type { Classifier } from './classifier.ts';
import { copyInto, type IN_HUB_FOLDER, writeClassifierFolder } from './classifier-folder.ts';
import { writeFolder } from '../storage/places/send-folder.ts';
import { classifierOf } from './classifier-of.ts';
import { savedBackbone } from './saved-backbone.ts';
import { formatOf, type SavedClassifier } from './saved-format.ts';

/**
 * Saves a classifier to a folder or `s3://…`: `classifier.json`, `head-….bin`, and in `seen-….bin` the names of the
 * pictures that it was trained and validated on (16 bytes each, made from their content), which may be taken away. A
 * classifier that is already there is replaced as a whole or not at all (at `s3://…`, where nothing is overwritten, it
 * is refused). The backbone's weights are named, not copied.
 * @param model a classifier, or a model that was trained
 * @param options.includeBackbone copies the weights file as well, so that the folder is complete @default false
 * @throws Error when the backbone's weights are not from a file
 * @example
 * await saveClassifier(model, 'results/classifier');
 */
export async function saveClassifier(
  model: Model,
  place: string,
  options: { readonly includeBackbone?: boolean } = {},
): Promise<void> {
  await writeFolder(place, 'classifier.json', (folder) => saveTo(model, folder, options));
}

async function saveTo(
  model: Model,
  folder: string,
  { includeBackbone = false }: { readonly includeBackbone?: boolean },
): Promise<void> {
  const classifier = classifierOf(model);
  const { network, weights, file: onnx } = classifier.backbone;
  if (!onnx && !(NETWORK_NAMES as string[]).includes(network))
    throw new Error(
      `saveClassifier: expected a backbone that is one of Graft's networks, ${NETWORK_NAMES.join(', ')}; "${network}" is none.`,
    );
  if (!weights) throw new Error(`saveClassifier: expected a backbone with weights from a file; "${network}" has none.`);
  const file = includeBackbone ? await copyInto(folder, weights.file) : weights.file;
  if (includeBackbone && onnx)
    for (const location of locationsBeside(onnx.path))
      await copyInto(folder, besideFile(onnx.path, location), location);
  await writeSaved(classifier, folder, { weights: file, seen: seenBy(classifier.head) });
}

/**
 * Writes the files of a classifier into a folder that holds its backbone's weights, or names them.
 * @param options.weights where the backbone's weights are; relative to the folder if they lie in it
 * @param options.seen the pictures that it was trained and validated on, if that is to be written
 * @param options.file the file that describes it @default classifier.json
 */
export async function writeSaved(
  { backbone, head, classNames, imageSize, temperature, fit }: Classifier,
  folder: string,
  {
    weights,
    seen,
    file,
  }: { readonly weights: string; readonly seen?: SeenPictures; readonly file?: typeof IN_HUB_FOLDER },
): Promise<void> {
  const artifacts = await artifactsOf(head);
  const bytes = weightBytesOf(artifacts);
  const names = seen && Buffer.concat([seen.training, seen.validation]);
  const describe = (sums: { readonly head: string; readonly seen?: string }): SavedClassifier => ({
    format: formatOf(backbone.file?.entry),
    classNames,
    imageSize,
    ...(temperature !== 1 && { temperature }),
    fit,
    ...(seen && {
      pictures: {
        training: seen.training.length / KEY_BYTES,
        validation: seen.validation.length / KEY_BYTES,
        sha256: sums.seen!,
      },
    }),
    division: factsOf(head)?.trained?.division,
    reading: readingOf(head),
    ...savedBackbone(backbone, weights),
    head: {
      topology: artifacts.modelTopology,
      weights: artifacts.weightSpecs!,
      newLayers: factsOf(head)?.newLayers,
      sha256: sums.head,
    },
  });
  writeClassifierFolder(folder, { head: bytes, seen: names }, describe, file);
}
