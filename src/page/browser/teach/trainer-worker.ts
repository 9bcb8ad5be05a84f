/** The worker that trains, so that neither the page nor the worker of the network waits for it. */
import { trainHead } from '../train.ts';
import type { TrainerQuestion, TrainerReply } from './trainer.ts';

self.onmessage = ({ data: { rows, labels, classes } }: MessageEvent<TrainerQuestion>): void => {
  let reply: TrainerReply;
  try {
    const begin = performance.now();
    const head = trainHead(rows, labels, { classes });
    reply = { head, milliseconds: performance.now() - begin };
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  self.postMessage(reply);
};
