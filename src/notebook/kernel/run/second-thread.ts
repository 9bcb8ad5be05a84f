import { createRequire } from 'node:module';
import v8 from 'node:v8';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { MARK, marks, unheard } from './marks.ts';
import { type Socket, zeromqFile } from '../tslab.ts';

/**
 * The share of the heap's limit at which a cell is stopped. A loop fills the rest within seconds, and this has to be
 * noticed in time, on a busy machine too. Near the limit V8 does little but collect garbage, for a minute and more, and
 * then ends the process.
 */
const MOST_HEAP = 0.4;
const CLOSE_MS = 1000;

/** The thread that hears Jupyter's control channel and watches the heap while a cell keeps the main thread busy. */
export interface SecondThread {
  /** Sends the replies on the control channel. */
  readonly control: Socket;
  /** Notes that an interrupt was heard in another way than by onInterrupt, and gives its reason. */
  takeInterrupt(): Error | undefined;
  /** Asks the front end, and blocks this thread until the answer comes. */
  askNow(question: Question): Answer;
  /** Asks the front end without blocking. */
  askLater(question: Question): Promise<Answer>;
  /**
   * Tells that this thread waits for a process that it is about to start, which Stop has to end.
   * @param before the processes that it has started until then; null once it no longer waits
   */
  waitsForChild(before: readonly number[] | null): void;
}

/** A message on the stdin channel. */
export interface Question {
  readonly id: string;
  readonly frames: readonly unknown[];
}

/** The outcome of a question: answered, broken off by Stop, or impossible to ask. */
export interface Answer {
  readonly value?: string;
  readonly stopped?: boolean;
  readonly lost?: boolean;
}

export interface SecondThreadOptions {
  readonly connectionFile: string;
  /** Removed when Jupyter wants the kernel to end: Jupyter may kill it then, which does not count as a crash. */
  readonly logFile: string;
  /** Called when Stop was pressed, or the heap is full, which is then the reason. */
  readonly onInterrupt: (reason: Error | undefined) => void;
  /** Called for any other request on the control channel. */
  readonly onRequest: (frames: Buffer[]) => void;
  /** Called if the channel's port is taken. */
  readonly onTaken: (error: Error) => void;
}

/**
 * Starts the thread. Jupyter sends interrupts as messages (kernel.json), not as signals: a signal ends a process that
 * is about to start, or that is between two steps of a cell.
 */
export function startSecondThread({
  connectionFile,
  logFile,
  onInterrupt,
  onRequest,
  onTaken,
}: SecondThreadOptions): SecondThread {
  const mostHeap = MOST_HEAP * v8.getHeapStatistics().heap_size_limit;
  const file = createRequire(import.meta.url).resolve('./thread/thread.cjs');
  const { port1: port, port2: answers } = new MessageChannel();
  const worker = new Worker(file, {
    workerData: { marks, at: MARK, zeromq: zeromqFile(), connectionFile, logFile, mostHeap, answers },
    transferList: [answers],
  });
  worker.unref();
  const takeInterrupt = (): Error | undefined => {
    Atomics.store(marks, MARK.heard, Atomics.load(marks, MARK.interrupt));
    return Atomics.exchange(marks, MARK.heapFull, 0) ? heapFull(mostHeap) : undefined;
  };
  worker.on('message', ({ frames, taken }: { frames?: Uint8Array[]; taken?: Error }) => {
    if (taken) onTaken(taken);
    else if (frames) onRequest(frames.map((frame) => Buffer.from(frame)));
    else if (unheard()) onInterrupt(takeInterrupt()); // else it broke off a step, or the step has asked
  });
  process.on('exit', () => {
    worker.postMessage({ close: true });
    Atomics.wait(marks, MARK.closed, 0, CLOSE_MS);
  });
  const send = (frames: unknown): Promise<void> => Promise.resolve(worker.postMessage({ frames }));
  const asked = new Map<string, (answer: Answer) => void>();
  const take = ({ id, ...answer }: Answer & { readonly id: string }): void => {
    asked.get(id)?.(answer);
    asked.delete(id);
  };
  port.on('message', take);
  port.unref();
  return {
    control: { send, close() {} },
    takeInterrupt,
    askNow(question) {
      let answer: Answer | undefined;
      asked.set(question.id, (given) => (answer = given));
      let seen = Atomics.load(marks, MARK.answered);
      worker.postMessage({ ask: question });
      for (;;) {
        // take others' answers as well: nobody else hears of them while this thread waits
        for (let got = receiveMessageOnPort(port); got; got = receiveMessageOnPort(port)) take(got.message as never);
        if (answer) return answer;
        Atomics.wait(marks, MARK.answered, seen);
        seen = Atomics.load(marks, MARK.answered);
      }
    },
    askLater(question) {
      worker.postMessage({ ask: question });
      return new Promise((resolve) => asked.set(question.id, resolve));
    },
    waitsForChild: (before) => worker.postMessage({ waits: before }),
  };
}

function heapFull(most: number): Error {
  const message =
    `the cell was stopped: JavaScript's heap had grown past ${(most / 2 ** 30).toFixed(1)} GiB. What no variable holds is free again; ` +
    'large numbers belong in typed arrays or tensors, which lie outside it. A larger --max-old-space-size in kernel.json gives more.';
  return Object.assign(new Error(message), { name: 'OutOfMemory' });
}
