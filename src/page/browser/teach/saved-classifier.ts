import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { SavedClassifier } from '../../../classifier/saved-format.ts';
import { sealedText } from '../../../storage/files/sealed-text.ts';
import type { ZipPart } from '../../../storage/files/write-zip.ts';
import type { TeachFacts } from '../../teach-facts.ts';
import type { TrainedHead } from '../train.ts';
import type { Divided } from './held-back.ts';

/**
 * Writes what was taught as `saveClassifier` does: `classifier.json`, the head's weights, and the names of the pictures
 * that it was trained on, so that `graft evaluate` knows them; those that were held back it has not seen.
 */
export function classifierParts(
  { classNames, training }: Divided,
  { kernel, bias }: TrainedHead,
  { saved, length }: TeachFacts,
): ZipPart[] {
  const head = bytesOf(kernel, bias);
  // sorted, so that their order says nothing of the pictures'
  const contents = [...new Set(training.flatMap(({ picture }) => picture.contents))].sort();
  const seen = hexToBytes(contents.join(''));
  const [headSum, seenSum] = [sumOf(head), sumOf(seen)];
  const { format, imageSize, fit, reading, ...backbone } = saved;
  const described: SavedClassifier = {
    ...{ format, classNames, imageSize, fit },
    pictures: { training: contents.length, validation: 0, sha256: seenSum },
    reading,
    ...backbone,
    head: {
      topology: topologyOf(length, classNames.length),
      weights: [
        { name: 'dense/kernel', shape: [length, classNames.length], dtype: 'float32' },
        { name: 'dense/bias', shape: [classNames.length], dtype: 'float32' },
      ],
      sha256: headSum,
    },
  };
  return [
    { name: 'classifier.json', bytes: new TextEncoder().encode(sealed(described)) },
    { name: `head-${headSum.slice(0, 12)}.bin`, bytes: head },
    { name: `seen-${seenSum.slice(0, 12)}.bin`, bytes: seen },
  ];
}

/** Joins lists of numbers as they lie in memory, float32. */
export function bytesOf(...lists: readonly Float32Array[]): Uint8Array<ArrayBuffer> {
  const all = new Float32Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return new Uint8Array(all.buffer);
}

/** Computes the SHA-256 of bytes or text, in hexadecimal digits. */
export const sumOf = (content: Uint8Array | string): string =>
  bytesToHex(sha256(typeof content === 'string' ? new TextEncoder().encode(content) : content));

/** Writes an object as {@link sealedText}, as all of Graft does. */
export const sealed = (content: object): string => sealedText(content, sumOf, 1);

/** Writes the layers of the head in the words of TensorFlow.js: Dropout, and Dense with softmax. */
function topologyOf(length: number, classes: number): unknown {
  const layer = (name: string, kind: string, config: object, from?: string): unknown => ({
    name,
    class_name: kind,
    config: { ...config, name },
    inbound_nodes: from === undefined ? [] : [[[from, 0, 0, {}]]],
  });
  const zeros = { class_name: 'Zeros', config: {} };
  const dense = { units: classes, activation: 'softmax', use_bias: true };
  return {
    class_name: 'Model',
    config: {
      name: 'head',
      layers: [
        layer('input1', 'InputLayer', { batch_input_shape: [null, length], dtype: 'float32', sparse: false }),
        layer('dropout', 'Dropout', { rate: 0.5, noise_shape: null, seed: null, trainable: true }, 'input1'),
        layer(
          'dense',
          'Dense',
          { ...dense, kernel_initializer: zeros, bias_initializer: zeros, trainable: true },
          'dropout',
        ),
      ],
      input_layers: [['input1', 0, 0]],
      output_layers: [['dense', 0, 0]],
    },
    keras_version: 'tfjs-layers 4.22.0',
    backend: 'tensor_flow.js',
  };
}
