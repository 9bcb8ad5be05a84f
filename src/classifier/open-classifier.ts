import { setMaxListeners } from 'node:events';
import { inTurns } from '../host/in-turns.ts';
import { checkOptions } from '../host/option-ranges.ts';
import type { EngineName } from '../runtime/running.ts';
import { startBatches } from './service/batches.ts';
import { until } from './service/until.ts';
import { type Picture, pictureBytes } from './service/picture-bytes.ts';
import { PictureError } from './service/picture-error.ts';
import { loadToPredict } from './load.ts';
import { openPredictor, type Prediction } from './predictor.ts';
import { readGiven } from './service/read-picture-bytes.ts';

/** How a classifier is opened. */
export interface OpenClassifierOptions {
  /** The backbone's weights, if they are no longer where they were. */
  readonly weights?: string;
  /** @default 'auto': as for `graft predict` */
  readonly engine?: EngineName | 'auto';
  /** The most pictures that go through the network together. @default 8 */
  readonly batchSize?: number;
  /** The most bytes that a picture may have. @default 33554432 (32 MiB) */
  readonly maxBytes?: number;
  /** The most pixels that a picture may have, by its header. @default 50000000 */
  readonly maxPixels?: number;
  /** How long a picture may take to come in full, from a server or a stream, in milliseconds. @default 30000 */
  readonly timeout?: number;
}

/** How one question is put. */
export interface AskOptions {
  /** Gives up: the promise is rejected with the signal's reason, and a picture that still waits is not computed. */
  readonly signal?: AbortSignal;
}

/** A picture of a list that could not be classified, and why. */
export interface Unclassified {
  readonly error: PictureError;
}

/** A classifier that stays open and answers, from any number of requests at once. */
export interface OpenClassifier extends AsyncDisposable {
  /** K names. */
  readonly classNames: readonly string[];
  /** Names what it computes, as the id of a loaded classifier. */
  readonly id: string;
  /**
   * Classifies a picture.
   * @throws PictureError saying what is wrong with the picture
   * @throws the signal's reason when aborted
   */
  predict(picture: Picture, options?: AskOptions): Promise<Prediction>;
  /**
   * Classifies several. The answers have the order of the pictures; a picture that cannot be read has an error in its
   * place.
   */
  predict(pictures: readonly Picture[], options?: AskOptions): Promise<(Prediction | Unclassified)[]>;
  /** Takes no more pictures, answers those that it has taken, and ends the session. */
  close(): Promise<void>;
}

/**
 * Opens a saved classifier for a service. Its session stays open; pictures that come in while it computes make up its
 * next batch. Needs no TensorFlow.js, unless the head has layers other than Graft's own, or it computes on a GPU.
 * @param folder where `saveClassifier` or `graft train --save` put it: a folder or `s3://…`
 * @returns a classifier that answers as `graft predict` does
 * @throws Error naming what is missing, has changed or is not known
 * @example
 * await using it = await openClassifier('results/classifier');
 * const { className, probability } = await it.predict('photo.jpg');
 */
export async function openClassifier(folder: string, options: OpenClassifierOptions = {}): Promise<OpenClassifier> {
  const { weights, engine, batchSize = 8, maxBytes = 32 * 2 ** 20, maxPixels = 50e6, timeout = 30_000 } = options;
  checkOptions('openClassifier', { batchSize, maxBytes, maxPixels, timeout });
  const classifier = await loadToPredict(folder, { weights, engine });
  const { imageSize, fit, classNames, id } = classifier;
  const batches = await startBatches(() => openPredictor(classifier, { engine, keep: false }), batchSize);
  const asked = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;

  const one = async (picture: Picture, signal: AbortSignal | undefined): Promise<Prediction> => {
    const bytes = await pictureBytes(picture, { maxBytes, timeout, signal });
    signal?.throwIfAborted();
    const read = await until(signal, readGiven(bytes, { imageSize, fit, maxPixels }));
    const found = await batches.add(read, signal);
    return typeof picture === 'string' ? { file: picture, ...found } : found;
  };
  const oneOfMany = async (picture: Picture, signal?: AbortSignal): Promise<Prediction | Unclassified> => {
    try {
      return await one(picture, signal);
    } catch (error) {
      if (error instanceof PictureError) return { error };
      throw error;
    }
  };
  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw new Error('openClassifier: expected an open classifier; it was closed. Open it again.');
    const answer = work();
    asked.add(answer);
    return answer.finally(() => asked.delete(answer));
  };
  const close = (): Promise<void> => (closed ??= Promise.allSettled([...asked]).then(() => batches.close()));

  function predict(picture: Picture, options?: AskOptions): Promise<Prediction>;
  function predict(pictures: readonly Picture[], options?: AskOptions): Promise<(Prediction | Unclassified)[]>;
  function predict(
    given: Picture | readonly Picture[],
    { signal }: AskOptions = {},
  ): Promise<Prediction | (Prediction | Unclassified)[]> {
    if (signal) setMaxListeners(0, signal); // one signal may end any number of requests
    if (!Array.isArray(given)) return ask(() => one(given as Picture, signal));
    // read ahead of the network by a few batches, however long the list is
    return ask(() => inTurns(given as readonly Picture[], (picture) => oneOfMany(picture, signal), 4 * batchSize));
  }
  return { classNames, id, predict, close, [Symbol.asyncDispose]: close };
}
