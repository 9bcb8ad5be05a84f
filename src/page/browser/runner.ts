import type { Answer, Asked, GraphFacts, Reply, Start } from './messages.ts';

/** A worker that classifies pictures one after the other. */
export interface Runner {
  /** Becomes the graph's facts when it is ready; rejected with the reason if it does not run here. */
  readonly ready: Promise<GraphFacts>;
  /**
   * @param options.keep whether the answer has a small copy of the picture @default false
   * @throws Error saying what is wrong with the picture, or that memory ended
   */
  classify(picture: Blob, name: string, options?: { readonly keep?: boolean }): Promise<Answer>;
  close(): void;
}

const MEMORY =
  'the memory of this page ended, or its worker was stopped; it has begun anew. Close other pages, or take a smaller picture';

/**
 * Starts a worker with a graph. If it dies, what it was at fails, and another one takes its place for the next picture.
 * @param script the worker's code, which becomes a blob: so a page from a file can start it
 * @param start gives the engine and the graph, again if need be
 */
export function startRunner(script: string, start: () => Start): Runner {
  const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  let current = startWorker(address, start());
  let last: Promise<unknown> = current.ready;
  let count = 0;
  const ask = async (asked: Omit<Asked, 'id'>): Promise<Answer> => {
    if (current.dead()) current = startWorker(address, start());
    await current.ready;
    return current.ask({ id: count++, ...asked });
  };
  return {
    ready: current.ready,
    classify(picture, name, { keep = false } = {}) {
      const turn = (): Promise<Answer> => ask({ picture, name, keep });
      const answer = last.then(turn, turn);
      last = answer;
      return answer;
    },
    close() {
      current.end();
      URL.revokeObjectURL(address);
    },
  };
}

interface Started {
  readonly ready: Promise<GraphFacts>;
  ask(question: Asked): Promise<Answer>;
  dead(): boolean;
  end(): void;
}

function startWorker(address: string, start: Start): Started {
  const worker = new Worker(address);
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  let dead = false;
  const ready = new Promise<GraphFacts>((resolve, reject) => {
    const end = (why: string): void => {
      dead = true;
      worker.terminate();
      reject(new Error(why));
      for (const one of waiting.values()) one.reject(new Error(why));
      waiting.clear();
    };
    worker.onerror = (event) => end(event.message || MEMORY);
    worker.onmessageerror = () => end(MEMORY);
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if ('ready' in data) return resolve(data.ready);
      if ('failed' in data) return end(data.failed);
      const one = waiting.get(data.id);
      waiting.delete(data.id);
      if ('answer' in data) one?.resolve(data.answer);
      else if (/out of memory|allocation failed|bad_alloc|Aborted|memory access/i.test(data.error)) {
        one?.reject(new Error(MEMORY));
        end(MEMORY);
      } else one?.reject(new Error(data.error));
    };
  });
  ready.catch(() => undefined); // whoever asks is told
  worker.postMessage(start, [start.wasm.buffer, start.model.buffer]);
  return {
    ready,
    ask: (question) =>
      new Promise((resolve, reject) => {
        if (dead) return reject(new Error(MEMORY));
        waiting.set(question.id, { resolve, reject });
        worker.postMessage(question);
      }),
    dead: () => dead,
    end: () => worker.terminate(),
  };
}
