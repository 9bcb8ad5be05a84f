import * as tf from '@tensorflow/tfjs';
import { useTensorFlow } from '../host/tensorflow.ts';
import type { Backbone } from '../models/backbone.ts';
import { backboneToOnnx } from '../onnx/graph.ts';
import { backboneToInt8Onnx } from '../onnx/int8.ts';
import { networkInput } from '../pixels/network-input.ts';
import { openSession, type SessionOptions } from './onnx-session.ts';

/**
 * What runs a backbone.
 * - `onnx`: ONNX Runtime on the CPU
 * - `tensorflow`: TensorFlow.js, on the GPU where TensorFlow sees one
 * - `webgpu`: ONNX Runtime on any GPU that has a Vulkan, Metal or Direct3D 12 driver
 */
export const ENGINES = ['onnx', 'tensorflow', 'webgpu'] as const;
export type EngineName = (typeof ENGINES)[number];

export interface RunOptions extends Pick<SessionOptions, 'threads'> {
  readonly engine: EngineName;
  /** Of the pictures that go in. */
  readonly imageSize: readonly [height: number, width: number];
}

/** A backbone that is ready to run. */
export interface RunningBackbone {
  readonly engine: EngineName;
  /** In words, for the record: `ONNX Runtime 1.30.0 on the CPU`. */
  readonly description: string;
  /** @param images [n, H, W, 3] uint8 @returns [n, …] float32 */
  run(images: Uint8Array, n: number): Promise<Float32Array>;
  /** The most memory that its own process has held, in MiB; 0 where it runs in this one. */
  readonly peakMemoryMiB: number;
  close(): Promise<void>;
}

/**
 * The engine that a name stands for: for `auto` TensorFlow where it runs on a GPU, else ONNX Runtime.
 * @throws RangeError naming the engines there are
 */
export async function chooseEngine(name: EngineName | 'auto' = 'auto'): Promise<EngineName> {
  if (name === 'auto') return (await useTensorFlow()).device === 'GPU' ? 'tensorflow' : 'onnx';
  if (!ENGINES.includes(name))
    throw new RangeError(`engine: expected one of auto, ${ENGINES.join(', ')}; got "${String(name)}".`);
  return name;
}

/** Whether an engine computes on a GPU, where large batches pay. */
export const onGpu = async (engine: EngineName): Promise<boolean> =>
  engine === 'webgpu' || (engine === 'tensorflow' && (await useTensorFlow()).device === 'GPU');

/** Opens a backbone for running; the one door to all engines. */
export const openBackbone = (backbone: Backbone, options: RunOptions): Promise<RunningBackbone> =>
  options.engine === 'tensorflow' ? inTensorFlow(backbone, options) : inOnnxRuntime(backbone, options);

async function inOnnxRuntime(backbone: Backbone, { engine, imageSize, threads }: RunOptions): Promise<RunningBackbone> {
  const { model, input, int8 } = backbone;
  const graph = { imageSize, input };
  const session = await openSession(
    (write) => (int8 ? backboneToInt8Onnx(model, int8.ranges, graph, write) : backboneToOnnx(model, graph, write)),
    { provider: engine === 'webgpu' ? 'webgpu' : 'cpu', threads },
  );
  return {
    engine,
    description: `ONNX Runtime ${session.version} on ${engine === 'webgpu' ? 'a GPU, through WebGPU' : 'the CPU'}`,
    async run(images, n) {
      const { features } = await session.run({ images: { type: 'uint8', data: images, dims: [n, ...imageSize, 3] } });
      return features.data;
    },
    get peakMemoryMiB() {
      return session.peakMemoryMiB;
    },
    close: () => session.close(),
  };
}

async function inTensorFlow({ model, input }: Backbone, { imageSize }: RunOptions): Promise<RunningBackbone> {
  const backend = await useTensorFlow();
  return {
    engine: 'tensorflow',
    description: `${backend.name === 'tensorflow' ? 'TensorFlow' : 'TensorFlow.js'} ${backend.version} on the ${backend.device}`,
    async run(images, n) {
      const features = tf.tidy(
        () => model.predict(networkInput(images, [n, ...imageSize], input), { batchSize: n }) as tf.Tensor,
      );
      const values = (await features.data()) as Float32Array;
      features.dispose();
      return values;
    },
    peakMemoryMiB: 0,
    close: () => Promise.resolve(),
  };
}
