import { closeSync, fstatSync, openSync } from 'node:fs';
import os from 'node:os';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { requireSetUp } from '../packages.mjs';
import { cpuModel, gpuModel, hasGpuDriver } from './machine.ts';

/** What TensorFlow.js computes with on this machine. */
export interface Backend {
  /** `tensorflow`: TensorFlow's native library; `javascript`: plain JavaScript, right but slow. */
  readonly name: 'tensorflow' | 'javascript';
  /** TensorFlow's version, or TensorFlow.js' if it computes alone. */
  readonly version: string;
  /** Where the native library runs its operations. */
  readonly device: 'GPU' | 'CPU';
  /** The GPU's or CPU's model, as the system names it. */
  readonly hardware: string;
  /** Threads that may run at once. */
  readonly threads: number;
  /** Why `name` isn't `tensorflow`, if it isn't. */
  readonly reason?: string;
  toString(): string;
}

let found: Backend | undefined;

// at its first tensor plain JavaScript would tell every user of Node.js to install another package than the set-up's
Object.assign(tf.findBackend('cpu') ?? {}, { firstUse: false });

/**
 * Makes TensorFlow.js compute with TensorFlow's native library, on the GPU if it sees one, and says what it found.
 * Without the native library it computes in plain JavaScript. Calling it again changes nothing.
 * @returns what was found; as text it is one line
 * @example
 * await useTensorFlow();
 */
export async function useTensorFlow(): Promise<Backend> {
  found ??= await findBackend();
  return found;
}

async function findBackend(): Promise<Backend> {
  // the native library reads this when it loads: 2 keeps errors, of which there is always one without a GPU ("failed
  // call to cuInit"); 3 hides them
  process.env.TF_CPP_MIN_LOG_LEVEL ??= hasGpuDriver() ? '2' : '3';
  restoreIsNullOrUndefined();
  const threads = os.availableParallelism();
  try {
    const native = withoutNativeLog(() => {
      requireSetUp('@tensorflow/tfjs-node-gpu');
      return tf.findBackend('tensorflow') as unknown as { isUsingGpuDevice: boolean; binding: { TF_Version: string } };
    });
    await tf.setBackend('tensorflow');
    const device = native.isUsingGpuDevice ? 'GPU' : 'CPU';
    return describe({
      name: 'tensorflow',
      version: native.binding.TF_Version,
      device,
      hardware: device === 'GPU' ? gpuModel() : cpuModel(),
      threads,
    });
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    await tf.setBackend('cpu');
    return describe({
      name: 'javascript',
      version: tf.version.tfjs,
      device: 'CPU',
      hardware: cpuModel(),
      threads: 1,
      reason,
    });
  }
}

function describe(backend: Omit<Backend, 'toString'>): Backend {
  const { name, version, device, hardware, threads, reason } = backend;
  const line =
    name === 'tensorflow'
      ? `TensorFlow ${version} on the ${device}: ${hardware}${device === 'CPU' ? `, ${threads} threads` : ''}`
      : `TensorFlow.js ${version} in plain JavaScript (slow): ${hardware}. TensorFlow's native library did not load: ${reason}`;
  return { ...backend, toString: () => line };
}

/**
 * Loads the native library while its log goes nowhere: on file descriptor 2 it greets every process with a missing
 * CUDA driver, whatever the log level is. This is done only for a terminal or a pipe: a file reopened through /proc
 * would get a second position, and what was written would be overwritten.
 */
function withoutNativeLog<T>(load: () => T): T {
  let aside: number | undefined;
  try {
    const kind = fstatSync(2);
    if (kind.isCharacterDevice() || kind.isFIFO()) {
      aside = openSync('/proc/self/fd/2', 'a');
      closeSync(2);
      openSync('/dev/null', 'a'); // takes the lowest free descriptor, 2
    }
  } catch {
    // not silenced
  }
  try {
    return load();
  } finally {
    if (aside !== undefined) {
      closeSync(2);
      openSync(`/proc/self/fd/${aside}`, 'a');
      closeSync(aside);
    }
  }
}

/** Restores a function that tfjs-node 4.22 calls; Node 22 warns of it and Node 23 removed it. */
function restoreIsNullOrUndefined(): void {
  const legacy = util as unknown as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined = (value) => value === null || value === undefined;
}
