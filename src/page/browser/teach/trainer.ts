import type { TrainedHead } from '../train.ts';

/** What is trained on: rows of [D] with their labels, 0..K-1. */
export interface TrainerQuestion {
  readonly rows: readonly Float32Array[];
  readonly labels: readonly number[];
  readonly classes: number;
}

export type TrainerReply = { readonly head: TrainedHead; readonly milliseconds: number } | { readonly error: string };

/**
 * Starts a worker that trains one head after the other.
 * @param script its code
 * @returns a function that trains; rejected if memory ends, and the next one gets a new worker
 */
export function startTrainer(
  script: string,
): (question: TrainerQuestion) => Promise<{ readonly head: TrainedHead; readonly milliseconds: number }> {
  const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  let worker: Worker | undefined;
  return (question) =>
    new Promise((resolve, reject) => {
      const own = (worker ??= new Worker(address));
      const fail = (why: string): void => {
        own.terminate();
        if (worker === own) worker = undefined;
        reject(new Error(why));
      };
      own.onerror = (event) => fail(event.message || 'its worker was stopped');
      own.onmessageerror = () => fail('its memory ended');
      own.onmessage = ({ data }: MessageEvent<TrainerReply>) => {
        if ('error' in data) fail(data.error);
        else resolve(data);
      };
      own.postMessage(question);
    });
}
