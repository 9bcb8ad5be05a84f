import { requireSetUp } from '../../packages.mjs';
import { ownOf } from '../../host/own.ts';
import type { Backbone } from '../../models/backbone.ts';
import { type BackboneGraph, backboneGraph } from '../backbone-graph.ts';
import { openSession } from '../onnx-session.ts';
import { inBatchesOf } from './batches.ts';
import type { Engine, Opened, OpenOptions } from './engine.ts';

/** Makes the engine of ONNX Runtime, on the CPU or through WebGPU. */
export const onnxRuntime = (provider: 'cpu' | 'webgpu'): Engine => ({
  version: () =>
    Promise.resolve(`ONNX Runtime ${(requireSetUp('onnxruntime-node/package.json') as { version: string }).version}`),
  onGpu: () => Promise.resolve(provider === 'webgpu'),
  open: (backbone, options) => open(backbone, options, provider),
});

async function open(
  backbone: Backbone,
  { imageSize, threads }: OpenOptions,
  provider: 'cpu' | 'webgpu',
): Promise<Opened> {
  let made: BackboneGraph | undefined;
  const session = await openSession(
    (write) => {
      made = backboneGraph(backbone, imageSize, write);
      return made.graph;
    },
    { provider, threads },
  );
  const { images: input, features: output } = made!;
  const run = async (data: Uint8Array, n: number): Promise<Float32Array> =>
    ownOf(await session.run({ [input]: { type: 'uint8', data, dims: [n, ...imageSize, 3] } }), output)!.data;
  const { batch } = backbone.file ?? {};
  return {
    description: `ONNX Runtime ${session.version} on ${provider === 'webgpu' ? 'a GPU, through WebGPU' : 'the CPU'}`,
    run: (images, n) => (batch === undefined ? run(images, n) : inBatchesOf(batch, images, n, run)),
    get peakMemoryMiB() {
      return session.peakMemoryMiB;
    },
    close: () => session.close(),
  };
}
