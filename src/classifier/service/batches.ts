import type { ReadPictures } from '../../data/pictures/picture-files.ts';
import type { Prediction, Predictor } from '../predictor.ts';

/** A predictor that takes pictures one by one and runs them in batches. */
export interface Batches {
  /**
   * Classifies a picture, together with what else waits when the network is free.
   * @throws the signal's reason when aborted; a picture that still waits is not computed then
   */
  add(picture: ReadPictures, signal?: AbortSignal): Promise<Prediction>;
  /** Ends the session. What waits has to be answered before. */
  close(): Promise<void>;
}

interface Waiting {
  readonly picture: ReadPictures;
  resolve(prediction: Prediction): void;
  reject(error: Error): void;
}

/**
 * Opens a predictor and keeps it open. If a batch fails, each of its pictures is tried by itself in a new session, so
 * that neither a lost process nor one picture takes others with it.
 * @param size the most pictures in a batch
 */
export async function startBatches(open: () => Promise<Predictor>, size: number): Promise<Batches> {
  let predictor: Predictor | undefined = await open();
  const waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  const run = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      predictor ??= await open();
      const found = await predictor.run(together(batch.map(({ picture }) => picture)));
      batch.forEach(({ resolve }, i) => resolve(found[i]));
    } catch (error) {
      await predictor?.close();
      predictor = undefined;
      if (batch.length === 1) batch[0].reject(error as Error);
      else for (const one of batch) await run([one]);
    }
  };
  const runAll = async (): Promise<void> => {
    await Promise.resolve(); // what is added in the same moment comes along
    while (waiting.length) await run(waiting.splice(0, size));
    running = undefined;
  };
  return {
    add: (picture, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const leave = (): void => {
          const at = waiting.indexOf(one);
          if (at >= 0) waiting.splice(at, 1);
          one.reject(signal!.reason as Error);
        };
        const done = (): void => signal?.removeEventListener('abort', leave);
        const one: Waiting = {
          picture,
          resolve: (prediction) => (done(), resolve(prediction)),
          reject: (error) => (done(), reject(error)),
        };
        signal?.addEventListener('abort', leave, { once: true });
        waiting.push(one);
        running ??= runAll();
      }),
    async close() {
      await running;
      await predictor?.close();
    },
  };
}

/** Puts pictures of one size side by side. */
function together(pictures: readonly ReadPictures[]): ReadPictures {
  const all = (part: keyof ReadPictures): Uint8Array => Buffer.concat(pictures.map((one) => one[part]));
  return { pixels: all('pixels'), contents: all('contents'), readings: all('readings') };
}
