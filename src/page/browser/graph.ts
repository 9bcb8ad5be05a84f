import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import * as ort from 'onnxruntime-web/wasm';
import { multipliedOut } from '../../onnx/file/multiplied-out.ts';
import { toSize } from '../../pixels/to-size.ts';
import { EMBEDDING, MAPS } from '../facts.ts';
import { decode } from './pictures/decode.ts';
import { factsInFile } from './facts-in-file.ts';
import type { Answer, Asked, GraphFacts, Start } from './messages.ts';

/** A classifier's graph that is loaded and has run once. */
export interface Graph {
  readonly facts: GraphFacts;
  /** @throws Error saying what is wrong with the picture */
  classify(asked: Asked): Promise<Answer>;
}

/**
 * Loads a graph, and runs it on a blank picture: the first run takes longer than all others.
 * @param start the engine and the graph, packed or not
 */
export async function openGraph(start: Start): Promise<Graph> {
  const [wasm, model] = await Promise.all([unpacked(start.wasm), unpacked(start.model)]);
  const facts = start.facts ?? factsInFile(model);
  ort.env.wasm.wasmBinary = wasm;
  ort.env.wasm.numThreads = 1; // a page from a file has no shared memory
  ort.env.wasm.proxy = false;
  const session = await ort.InferenceSession.create(multipliedOut(model), { executionProviders: ['wasm'] });
  const [height, width] = facts.imageSize;
  const scores = facts.classNames.length > 0;
  const names = [...(scores ? ['probabilities'] : []), ...facts.outputs];
  const run = (pixels: Uint8Array): Promise<ort.InferenceSession.OnnxValueMapType> =>
    session.run({ images: new ort.Tensor('uint8', pixels, [1, height, width, 3]) }, names);
  await run(new Uint8Array(height * width * 3));
  return {
    facts,
    async classify({ picture, name, keep }) {
      const begin = performance.now();
      const { size, pixels, note, small } = await decode(picture, name, {
        background: facts.resizing.background,
        keep,
      });
      const decoded = performance.now();
      const fitted = toSize(pixels, size, { ...facts.resizing, size: height });
      const resized = performance.now();
      const out = new Map(Object.entries(await run(fitted)));
      const network = performance.now() - resized;
      const probabilities = scores ? (out.get('probabilities')!.data as Float32Array) : new Float32Array(0);
      const map = out.get(MAPS);
      return {
        probabilities,
        pixels: fitted,
        ...(map && { map: mapOf(map, probabilities.indexOf(Math.max(...probabilities))) }),
        ...(out.has(EMBEDDING) && { embedding: out.get(EMBEDDING)!.data as Float32Array }),
        ...(small && { kept: { small, contents: [await contentOf(picture), await contentOf(small)] as const } }),
        ...(note !== undefined && { note }),
        milliseconds: { decode: decoded - begin, resize: resized - decoded, network },
      };
    },
  };
}

/** Names a file's content as Graft does: the first 16 bytes of its SHA-256. */
const contentOf = async (file: Blob): Promise<string> =>
  bytesToHex(sha256(new Uint8Array(await file.arrayBuffer())).subarray(0, 16));

/** Unpacks what gzip packed. */
export async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Takes one class' map [1, K, h, w], keeps what speaks for it, and scales that to 0..1 as Grad-CAM does. */
function mapOf({ data, dims }: ort.Tensor, k: number): NonNullable<Answer['map']> {
  const [height, width] = dims.slice(2);
  const own = (data as Float32Array).slice(k * height * width, (k + 1) * height * width);
  const most = own.reduce((a, b) => Math.max(a, b), 1e-12);
  return { values: own.map((value) => Math.max(0, value) / most), size: [height, width] };
}
