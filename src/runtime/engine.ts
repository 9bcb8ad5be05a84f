import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { Kernel } from '../pixels/interpolation.ts';
import { networkInput } from '../pixels/network-input.ts';
import type { Preprocessing } from '../pixels/preprocess.ts';
import { dataFolder } from '../project.ts';
import { useTensorFlow } from './tensorflow.ts';
import { backboneToOnnx } from '../onnx/graph.ts';
import { backboneToInt8Onnx, type Ranges } from '../onnx/int8.ts';

/**
 * What runs the backbone.
 * - `onnx`: ONNX Runtime on the CPU
 * - `tensorflow`: TensorFlow.js, on the GPU where TensorFlow sees one
 * - `webgpu`: ONNX Runtime on any GPU that has a Vulkan, Metal or Direct3D 12 driver
 */
export const ENGINES = ['onnx', 'tensorflow', 'webgpu'] as const;
export type EngineName = (typeof ENGINES)[number];

export interface EngineOptions {
  readonly imageSize: readonly [height: number, width: number];
  readonly kernel: Kernel;
  readonly preprocess: Preprocessing;
  /** @default as many as the machine runs at once */
  readonly threads?: number;
  /** Makes ONNX Runtime compute in 8 bits, with these ranges of activations. @default float32 */
  readonly int8?: Ranges;
}

/** A backbone that is ready to run. */
export interface Engine {
  readonly name: EngineName;
  /** In words, for the record: `ONNX Runtime 1.30.0 on the CPU`. */
  readonly description: string;
  /** @param images [n, H, W, 3] uint8 @returns [n, …] float32 */
  run(images: Uint8Array, n: number): Promise<Float32Array>;
  release(): Promise<void>;
}

export function checkEngine(name: string): asserts name is EngineName | 'auto' {
  if (![...ENGINES, 'auto'].includes(name)) throw new RangeError(`engine: expected one of auto, ${ENGINES.join(', ')}; got "${name}".`);
}

/** The engine that `auto` stands for: TensorFlow where it runs on a GPU, else ONNX Runtime. */
export async function chooseEngine(): Promise<EngineName> {
  return (await useTensorFlow()).device === 'GPU' ? 'tensorflow' : 'onnx';
}

export const openEngine = (name: EngineName, backbone: tf.LayersModel, options: EngineOptions): Promise<Engine> =>
  name === 'tensorflow' ? openTensorFlow(backbone, options) : openOnnx(name, backbone, options);

async function openOnnx(name: 'onnx' | 'webgpu', backbone: tf.LayersModel, options: EngineOptions): Promise<Engine> {
  const { env } = await import('onnxruntime-node');
  const { int8 } = options;
  const run = await openSession({ ...options, provider: name === 'webgpu' ? 'webgpu' : 'cpu' }, (write) =>
    int8 ? backboneToInt8Onnx(backbone, int8, options, write) : backboneToOnnx(backbone, options, write),
  );
  return {
    name,
    description: `ONNX Runtime ${env.versions.node ?? env.versions.common} on ${name === 'webgpu' ? 'a GPU, through WebGPU' : 'the CPU'}`,
    run: async (images, n) => (await run.run(images, n)).features,
    release: () => run.release(),
  };
}

/** A running ONNX graph: images in, every output by name. */
export interface OnnxSession {
  /** @param images [n, H, W, 3] uint8 */
  run(images: Uint8Array, n: number): Promise<Record<string, Float32Array>>;
  release(): Promise<void>;
}

/**
 * @param convert makes the model, handing its weights to `write`
 * @throws Error saying what WebGPU needs, where it finds no GPU
 */
export async function openSession(
  { imageSize, threads = 0, provider = 'cpu' }: Pick<EngineOptions, 'imageSize' | 'threads'> & { readonly provider?: 'cpu' | 'webgpu' },
  convert: (write: (bytes: Uint8Array) => void) => Uint8Array,
): Promise<OnnxSession> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const folder = temporaryFolder();
  const weights = openSync(path.join(folder, 'weights.bin'), 'w');
  try {
    const model = convert((bytes) => {
      for (let done = 0; done < bytes.length;) done += writeSync(weights, bytes, done);
    });
    writeFileSync(path.join(folder, 'backbone.onnx'), model);
    const session = await InferenceSession.create(path.join(folder, 'backbone.onnx'), {
      executionProviders: [provider],
      graphOptimizationLevel: 'all',
      intraOpNumThreads: threads,
      logSeverityLevel: 3,
    }).catch((cause: unknown) => {
      if (!/WebGPU adapter/.test((cause as Error).message)) throw cause;
      throw new Error(
        "engine: WebGPU finds no GPU on this machine. It needs a driver for Vulkan (Linux: libvulkan1 and the GPU maker's or Mesa's driver), " +
          'Metal or Direct3D 12. Use { engine: "auto" } for the CPU.',
        { cause },
      );
    });
    return {
      async run(images, n) {
        const outputs = await session.run({ images: new Tensor('uint8', images, [n, ...imageSize, 3]) });
        return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tensor.data as Float32Array]));
      },
      release: () => session.release(),
    };
  } finally {
    closeSync(weights);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Holds a converted network only until ONNX Runtime has read it; what killed processes left is removed first. */
function temporaryFolder(): string {
  const root = path.join(dataFolder(), 'tmp');
  mkdirSync(root, { recursive: true });
  for (const name of readdirSync(root)) {
    const pid = Number(/^onnx-(\d+)-/.exec(name)?.[1] ?? NaN);
    try {
      process.kill(pid, 0);
    } catch {
      if (pid) rmSync(path.join(root, name), { recursive: true, force: true });
    }
  }
  return mkdtempSync(path.join(root, `onnx-${process.pid}-`));
}

async function openTensorFlow(backbone: tf.LayersModel, { imageSize, kernel, preprocess }: EngineOptions): Promise<Engine> {
  const backend = await useTensorFlow();
  const size = (backbone.inputs[0].shape as number[])[1];
  return {
    name: 'tensorflow',
    description: `${backend.name === 'tensorflow' ? 'TensorFlow' : 'TensorFlow.js'} ${backend.version} on the ${backend.device}`,
    async run(images, n) {
      const features = tf.tidy(() => {
        const input = networkInput(images, [n, ...imageSize], { size, kernel, preprocess });
        return backbone.predict(input, { batchSize: n }) as tf.Tensor;
      });
      const values = (await features.data()) as Float32Array;
      features.dispose();
      return values;
    },
    release: () => Promise.resolve(),
  };
}
