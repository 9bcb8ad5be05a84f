import { type ReadPictures, readPictures } from '../data/pictures/picture-files.ts';
import type { PicturePath } from '../data/pictures/picture-paths.ts';
import { cellSignal } from '../host/host.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { asClassifier } from './as-classifier.ts';
import type { Classifier } from './classifier.ts';
import type { PredictOptions } from './predict.ts';
import { openPredictor, type Prediction, type Predictor, tellRecoloured } from './predictor.ts';
import type { Model } from '../models/model.ts';

/** A file that could not be read, and why. */
export interface Unreadable {
  readonly file: string;
  readonly error: string;
}

/** A file that is waiting to be classified. */
type Read = Unreadable | ({ readonly file: string } & ReadPictures);

/**
 * Classifies any number of files one batch after the other, in their order. No more than two batches are held: one in
 * the network, and one that is read meanwhile. A file that cannot be read is named in its place, and the rest goes on.
 * Pictures are treated as `predict` treats them.
 * @param files paths, such as `picturePaths` of a folder
 * @throws the signal's reason when aborted
 * @example
 * for await (const found of predictFiles(model, picturePaths(['photos']))) console.log(found);
 */
export async function* predictFiles(
  model: Model,
  files: Iterable<PicturePath> | AsyncIterable<PicturePath>,
  { batchSize = 8, engine, signal = cellSignal() }: PredictOptions = {},
): AsyncGenerator<(Prediction & { readonly file: string }) | Unreadable> {
  checkOptions('predictFiles', { batchSize });
  const classifier = await asClassifier(model);
  const batches = readAhead(batchesOf(files, batchSize), (batch) =>
    Promise.all(batch.map((one) => readOne(one, classifier))),
  );
  let predictor: Predictor | undefined;
  let recoloured = 0;
  try {
    for await (const batch of batches) {
      signal?.throwIfAborted();
      const pictures = batch.flatMap((one) => ('pixels' in one ? [one] : []));
      if (pictures.length) predictor ??= await openPredictor(classifier, { engine });
      const all = (part: keyof ReadPictures): Uint8Array => Buffer.concat(pictures.map((one) => one[part]));
      const together = { pixels: all('pixels'), contents: all('contents'), readings: all('readings') };
      const predictions = pictures.length ? await predictor!.run(together) : [];
      recoloured += predictions.filter((one) => one.recoloured).length;
      for (const one of batch) yield 'pixels' in one ? { ...predictions.shift()!, file: one.file } : one;
    }
  } finally {
    await predictor?.close();
    tellRecoloured(recoloured);
  }
}

async function readOne({ file, error }: PicturePath, { imageSize, fit }: Classifier): Promise<Read> {
  if (error) return { file, error };
  try {
    return { file, ...(await readPictures([file], imageSize, fit)) };
  } catch (cause) {
    return { file, error: (cause as Error).message };
  }
}

async function* batchesOf<T>(all: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const one of all) {
    batch.push(one);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length) yield batch;
}

/** Begins to read the next batch before it hands out the one that is done. */
async function* readAhead<T, R>(all: AsyncIterable<T>, read: (one: T) => Promise<R>): AsyncGenerator<R> {
  let ahead: Promise<R> | undefined;
  for await (const one of all) {
    const next = read(one);
    next.catch(() => undefined); // the code that awaits it sees the error
    if (ahead) yield await ahead;
    ahead = next;
  }
  if (ahead) yield await ahead;
}
