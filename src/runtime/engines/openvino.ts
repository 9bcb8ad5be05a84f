import os from 'node:os';
import { commandLine } from '../../home.mjs';
import type { Backbone } from '../../models/backbone.ts';
import { OPENVINO, openvinoFault, openvinoFolder } from '../../openvino.mjs';
import { type BackboneGraph, backboneGraph } from '../backbone-graph.ts';
import { openSession } from '../onnx-session.ts';
import { inBatchesOf } from './batches.ts';
import type { Engine, Opened, OpenOptions } from './engine.ts';

/** OpenVINO's C library, on the CPU. */
export const openVino: Engine = {
  version: () => Promise.resolve(`OpenVINO ${OPENVINO}`),
  onGpu: () => Promise.resolve(false),
  open,
};

/** How many batches run at once: while one waits for a thread that is late, the other computes (docs/performance.md). */
export const STREAMS = Math.min(2, os.availableParallelism());

async function open(backbone: Backbone, { imageSize, threads }: OpenOptions): Promise<Opened> {
  const fault = openvinoFault();
  if (fault)
    throw new Error(
      `engine: OpenVINO's library cannot be used: ${fault.why}. ` +
        `\`${commandLine('setup')}\` brings it; { engine: "auto" } does without.`,
    );
  let made: BackboneGraph | undefined;
  const session = await openSession(
    (write) => {
      made = backboneGraph(backbone, imageSize, write, false);
      return made.picture ? { picture: made.picture, network: made.graph } : made.graph;
    },
    {
      threads,
      openvino: {
        folder: openvinoFolder(),
        // without the hint, sums of 8 bits that it does not recognise would silently be bfloat16
        precision: backbone.bfloat16 ? 'bf16' : 'f32',
        streams: threads === 1 ? 1 : STREAMS,
      },
    },
  );
  // one input and one output: of a tensor's several names OpenVINO gives any
  const run = async (data: Uint8Array, n: number): Promise<Float32Array> => {
    const outputs = await session.run({ [made!.images]: { type: 'uint8', data, dims: [n, ...imageSize, 3] } });
    return Object.values(outputs)[0].data;
  };
  const { batch } = backbone.file ?? {};
  return {
    description: `OpenVINO ${session.version} on the CPU`,
    run: (images, n) => (batch === undefined ? run(images, n) : inBatchesOf(batch, images, n, run)),
    get peakMemoryMiB() {
      return session.peakMemoryMiB;
    },
    close: () => session.close(),
  };
}
