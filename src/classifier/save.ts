import { artifactsOf, weightBytesOf } from '../models/artifacts.ts';
import { inFloat32 } from '../models/backbone.ts';
import { factsOf, readingOf, seenBy } from '../models/facts.ts';
import { KEY_BYTES } from '../storage/rows/keys.ts';
import { filesBeside } from '../runtime/read-onnx.ts';
import { NETWORK_NAMES } from '../models/networks/networks.ts';
import type { Model } from '../models/model.ts';
import { copyInto, writeClassifierFolder } from './classifier-folder.ts';
import { writeFolder } from '../storage/places/send-folder.ts';
import { classifierOf } from './classifier-of.ts';
import { FORMAT, type SavedClassifier } from './saved-format.ts';

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
  const { backbone, head, classNames, imageSize, temperature, fit } = classifierOf(model);
  const { file: onnx } = backbone;
  const { network, cut, weights, input, int8 } = backbone;
  if (!onnx && !(NETWORK_NAMES as string[]).includes(network))
    throw new Error(
      `saveClassifier: expected a backbone that is one of Graft's networks, ${NETWORK_NAMES.join(', ')}; "${network}" is none.`,
    );
  if (!weights) throw new Error(`saveClassifier: expected a backbone with weights from a file; "${network}" has none.`);
  const artifacts = await artifactsOf(head);
  const bytes = weightBytesOf(artifacts);
  const file = includeBackbone ? await copyInto(folder, weights.file) : weights.file;
  if (includeBackbone && onnx) for (const beside of filesBeside(onnx.path)) await copyInto(folder, beside);
  const seen = seenBy(head);
  const names = seen && Buffer.concat([seen.training, seen.validation]);
  writeClassifierFolder(folder, { head: bytes, seen: names }, (sums): SavedClassifier => ({
    format: FORMAT,
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
    kernel: input.interpolation,
    preprocess: input.preprocess,
    backbone: {
      network,
      cut,
      inputSize: input.size,
      weights: file,
      fingerprint: inFloat32(backbone).id,
      int8,
      ...(onnx && {
        onnx: {
          pooling: onnx.end.pooling,
          layout: onnx.layout,
          cutLayout: onnx.end.layout,
          cropFraction: input.cropFraction,
          fit: input.resize,
          hub: onnx.hub,
        },
      }),
    },
    head: {
      topology: artifacts.modelTopology,
      weights: artifacts.weightSpecs!,
      newLayers: factsOf(head)?.newLayers,
      sha256: sums.head,
    },
  }));
}
