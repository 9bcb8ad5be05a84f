import * as tf from '@tensorflow/tfjs';
import { multipliesInt8Matrices } from '../host/machine.ts';
import { ownOf } from '../host/own.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import type { Backbone, LayersBackbone } from '../models/backbone.ts';
import { backboneToOnnx } from '../onnx/graph.ts';
import { backboneToInt8Onnx } from '../onnx/int8.ts';
import { networkInput } from '../pixels/network-input.ts';
import { reopenOnnxFile } from './read-onnx.ts';
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
 * The engine that a name stands for: for `auto` TensorFlow where it runs on a GPU, else ONNX Runtime; for a backbone
 * from an ONNX file always ONNX Runtime.
 * @throws RangeError naming the engines there are
 */
export async function chooseEngine(name: EngineName | 'auto' = 'auto', backbone?: Backbone): Promise<EngineName> {
  if (backbone?.file) {
    if (name === 'auto') return 'onnx';
    if (name === 'tensorflow')
      throw new RangeError(
        `engine: expected auto, onnx or webgpu for ${String(backbone)}, an ONNX file; got "${name}".`,
      );
  }
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
  options.engine === 'tensorflow' && backbone.model
    ? inTensorFlow(backbone, options)
    : inOnnxRuntime(backbone, options);

/** A graph from pictures to features, and what it calls them. */
interface Converted {
  readonly graph: Uint8Array;
  readonly images: string;
  readonly features: string;
}

/**
 * Turns a backbone into the graph that ONNX Runtime is given; its weights go to `write`, to lie beside it.
 * @param unfold as ONNX Runtime computes 8 bits fastest on this CPU; others know weights only whose zero is 0
 */
export function convert(
  backbone: Backbone,
  imageSize: RunOptions['imageSize'],
  write: (bytes: Uint8Array) => void,
  unfold = multipliesInt8Matrices(),
): Converted {
  const { input, cut } = backbone;
  if (backbone.file) {
    const { layout, end } = backbone.file;
    const made = reopenOnnxFile(backbone.file).graph([cut], { imageSize, input, layout, end }, write);
    return { graph: made.model, images: made.images, features: made.outputs[0] };
  }
  const { model, int8 } = backbone;
  const options = { imageSize, input };
  const graph = int8
    ? backboneToInt8Onnx(model, int8.ranges, { ...options, unfold }, write)
    : backboneToOnnx(model, options, write);
  return { graph, images: 'images', features: 'features' };
}

async function inOnnxRuntime(backbone: Backbone, { engine, imageSize, threads }: RunOptions): Promise<RunningBackbone> {
  let converted: Converted | undefined;
  const session = await openSession(
    (write) => {
      converted = convert(backbone, imageSize, write);
      return converted.graph;
    },
    { provider: engine === 'webgpu' ? 'webgpu' : 'cpu', threads },
  );
  const { images: input, features: output } = converted!;
  const run = async (data: Uint8Array, n: number): Promise<Float32Array> =>
    ownOf(await session.run({ [input]: { type: 'uint8', data, dims: [n, ...imageSize, 3] } }), output)!.data;
  const { batch } = backbone.file ?? {};
  return {
    engine,
    description: `ONNX Runtime ${session.version} on ${engine === 'webgpu' ? 'a GPU, through WebGPU' : 'the CPU'}`,
    run: (images, n) => (batch === undefined ? run(images, n) : inBatchesOf(batch, images, n, run)),
    get peakMemoryMiB() {
      return session.peakMemoryMiB;
    },
    close: () => session.close(),
  };
}

/** Runs a graph that takes so many pictures at once, and no other number; the last ones are filled up with zeros. */
async function inBatchesOf(
  batch: number,
  images: Uint8Array,
  n: number,
  run: (images: Uint8Array, n: number) => Promise<Float32Array>,
): Promise<Float32Array> {
  const bytes = images.length / n;
  const parts: Float32Array[] = [];
  for (let from = 0; from < n; from += batch) {
    const some = new Uint8Array(batch * bytes);
    some.set(images.subarray(from * bytes, (from + batch) * bytes));
    parts.push(await run(some, batch));
  }
  const length = (parts[0]?.length ?? 0) / batch;
  const rows = new Float32Array(n * length);
  parts.forEach((part, i) => rows.set(part.subarray(0, Math.min(batch, n - i * batch) * length), i * batch * length));
  return rows;
}

async function inTensorFlow({ model, input }: LayersBackbone, { imageSize }: RunOptions): Promise<RunningBackbone> {
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
