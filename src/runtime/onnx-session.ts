import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { hasInt8Instructions } from '../host/machine.ts';
import { type Converted, openModelFolder } from '../storage/weights/model-folder.ts';

/** The values of a tensor. */
export interface Values {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** An input of a graph. */
export interface Feed {
  readonly type: 'uint8' | 'float32';
  readonly data: Uint8Array | Float32Array;
  readonly dims: readonly number[];
}

/** An ONNX graph that is ready to run, in a process of its own. */
export interface OnnxSession {
  /** The version of ONNX Runtime, or of OpenVINO. */
  readonly version: string;
  /** The outputs' types, by name: `float32`. */
  readonly outputTypes: Readonly<Record<string, string>>;
  /** Runs the graph; calls may overlap. */
  run(feeds: Readonly<Record<string, Feed>>): Promise<Readonly<Record<string, Values>>>;
  /** The most memory that its process has held, in MiB. */
  readonly peakMemoryMiB: number;
  /** Ends its process, whatever it is doing. */
  close(): Promise<void>;
}

export interface SessionOptions {
  /** @default 'cpu' */
  readonly provider?: 'cpu' | 'webgpu';
  /** @default as many as the machine can run at once */
  readonly threads?: number;
  /** Runs it by OpenVINO instead of ONNX Runtime. */
  readonly openvino?: OpenVinoOptions;
}

/** How OpenVINO runs a graph. */
export interface OpenVinoOptions {
  /** The folder of the library's files. */
  readonly folder: string;
  /** What a graph computes in that is not of 8 bits. */
  readonly precision: 'f32' | 'bf16';
  /** How many batches run at once, on a share of the threads each. */
  readonly streams: number;
}

interface Answer {
  readonly run?: number;
  readonly opened?: string;
  readonly types?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, Values>>;
  readonly memory?: number;
  readonly error?: string;
}

/**
 * Opens a graph in a process of its own, so that this one stays free while it computes.
 * @param convert makes the model and passes its weights to `write`; two graphs, one behind the other, only for OpenVINO
 * @throws Error saying what WebGPU needs, if it finds no GPU; or that the process ended, and a possible reason
 */
export async function openSession(
  convert: (write: (bytes: Uint8Array) => void) => Converted,
  { provider = 'cpu', threads = Number(process.env.GRAFT_THREADS ?? 0), openvino }: SessionOptions = {},
): Promise<OnnxSession> {
  const folder = openModelFolder(convert);
  const program = openvino ? './openvino-process.mjs' : './session-process.mjs';
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const end = (): boolean => child.kill('SIGKILL');
  process.once('exit', end);
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  let ending = false;
  let next = 0;
  let peak = 0;
  // once the session is to end, this process waits for that, whatever messages come in between
  const holdWhileWaiting = (): void => {
    if (!ending) hold(child, waiting.size);
  };
  const close = (): Promise<void> => {
    ending = true;
    return ended(child);
  };
  const ask = (message: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const run = next++;
      waiting.set(run, { resolve, reject });
      holdWhileWaiting();
      child.send({ run, ...message }, (error) => error && settle(run, { error: error.message }));
    });
  const settle = (run: number, answer: Answer): void => {
    const of = waiting.get(run);
    waiting.delete(run);
    holdWhileWaiting();
    if (answer.error === undefined) of?.resolve(answer);
    else of?.reject(new Error(answer.error));
  };
  child.on('message', (answer: Answer) => {
    peak = Math.max(peak, (answer.memory ?? 0) / 1024);
    settle(answer.run!, answer);
  });
  child.on('exit', (code, signal) => {
    process.removeListener('exit', end);
    const why = signal
      ? `by ${signal}${signal === 'SIGKILL' ? ' (by the system, for want of memory?)' : ''}`
      : `with exit code ${code}`;
    for (const run of [...waiting.keys()])
      settle(run, { error: `${openvino ? 'openvino' : 'onnx'}: the process that runs the backbone was ended ${why}.` });
  });
  try {
    const { model: file, picture } = folder;
    const { opened, types } = await ask({
      open: { file, picture, provider, threads, widens: !hasInt8Instructions(), ...openvino },
    });
    return {
      version: opened!,
      outputTypes: types!,
      run: async (feeds) => (await ask({ feeds })).outputs!,
      get peakMemoryMiB() {
        return peak;
      },
      close,
    };
  } catch (cause) {
    await close();
    if (!/WebGPU adapter/.test((cause as Error).message)) throw cause;
    throw new Error(
      "engine: WebGPU finds no GPU on this machine. It needs a driver for Vulkan (Linux: libvulkan1 and the GPU maker's or Mesa's driver), " +
        'Metal or Direct3D 12. Use { engine: "auto" } for the CPU.',
      { cause },
    );
  } finally {
    folder.remove();
  }
}

/** Keeps this process alive while it waits for an answer, and only then. */
function hold(child: ChildProcess, waiting: number): void {
  if (waiting) {
    child.ref();
    child.channel?.ref();
  } else {
    child.unref();
    child.channel?.unref();
  }
}

/** Ends a process at once, since nothing that it holds is worth keeping. */
function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.ref();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
