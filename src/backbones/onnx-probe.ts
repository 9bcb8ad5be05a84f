import { ownOf } from '../host/own.ts';
import { random } from '../random.ts';
import { openSession, type OnnxSession, type Values } from '../runtime/onnx-session.ts';
import type { OnnxFile } from '../runtime/read-onnx.ts';
import type { Entry } from './onnx-input.ts';

/** What was found by running a cut graph. */
export interface Probed {
  /** Shape for one picture, without the batch. */
  readonly shape: readonly number[];
  /** How many pictures it takes at once; undefined for any number. */
  readonly batch?: number;
}

/** By how much a picture alone and in a batch may differ, as a share of the largest value. */
const TOLERANCE = 1e-3;
/** Types that become float32 features. */
const FLOATS = ['float32', 'float16'];

/**
 * Runs a cut graph on made-up pictures, so that what ONNX Runtime refuses is said before any work. If a picture gets
 * other values in a batch than alone, the graph takes pictures in batches of a fixed size.
 * @throws Error naming the file and the cut
 */
export async function probe(
  file: OnnxFile,
  cut: string,
  { input, layout, entry, batch: declared }: Entry,
): Promise<Probed> {
  const { size } = input;
  let names: { readonly images: string; readonly output: string } | undefined;
  const session = await openCut(file, cut, (write) => {
    const graph = file.graph([cut], { imageSize: [size, size], input, layout, entry }, write);
    names = { images: graph.images, output: graph.outputs[0] };
    return graph.model;
  });
  const { images, output } = names!;
  const next = random(1, 'probe');
  const bytes = size * size * 3;
  const pictures = Uint8Array.from({ length: 2 * bytes }, () => Math.floor(256 * next()));
  const run = async (data: Uint8Array): Promise<Values> =>
    ownOf(
      await session.run({ [images]: { type: 'uint8', data, dims: [data.length / bytes, size, size, 3] } }),
      output,
    )!;
  const runAll = async (n: number): Promise<Values | Error> => {
    const data = new Uint8Array(n * bytes);
    for (let i = 0; i < n; i++) data.set(pictures.subarray((i % 2) * bytes, ((i % 2) + 1) * bytes), i * bytes);
    return run(data).catch((error: unknown) => error as Error);
  };
  try {
    const type = ownOf(session.outputTypes, output)!;
    if (!FLOATS.includes(type))
      throw new RangeError(`cut: expected a tensor of floats, as features are; "${cut}" of ${file.named} is ${type}.`);
    const both = await runAll(2);
    const alone =
      declared && declared > 2
        ? await runAll(declared)
        : await run(pictures.subarray(bytes)).catch((e: unknown) => e as Error);
    if (both instanceof Error && alone instanceof Error)
      throw new Error(
        `${file.named}: ONNX Runtime cannot run it up to "${cut}" on pictures of ${size}×${size}: ${alone.message}`,
      );
    const fixed = declared && declared > 2 ? declared : 1;
    const found = alone instanceof Error ? (both as Values) : alone;
    const n = alone instanceof Error ? 2 : fixed;
    const shape = found.dims.slice(1);
    if (found.dims[0] !== n || shape.some((side) => side < 1))
      throw new RangeError(
        `cut: expected a tensor with one row for each picture; "${cut}" of ${file.named} is [${found.dims.join(', ')}] for ${n}.`,
      );
    checkFinite(found, file, cut);
    const length = shape.reduce((a, b) => a * b, 1);
    const single = { data: found.data.subarray(n === 1 ? 0 : length, n === 1 ? length : 2 * length) };
    const any = !(both instanceof Error) && !(alone instanceof Error) && agrees(both, single.data, shape);
    return any ? { shape } : { shape, batch: n };
  } finally {
    await session.close();
  }
}

/** Whether the second of two rows agrees with the same picture's row from another run. */
function agrees({ data, dims }: Values, row: Float32Array, shape: readonly number[]): boolean {
  if (dims.join() !== [2, ...shape].join()) return false;
  let [largest, worst] = [0, 0];
  row.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value));
    worst = Math.max(worst, Math.abs(value - data[row.length + i]));
  });
  return worst <= TOLERANCE * largest;
}

function checkFinite({ data }: Values, { named }: OnnxFile, cut: string): void {
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new Error(
      `${named}: expected finite values at "${cut}"; got ${data[bad]} on made-up pictures. Are preprocessing and weights right? ` +
        'A file in float16 may overflow; take the float32 one.',
    );
}

/** Opens a cut graph, and says in Graft's words why ONNX Runtime does not take it. */
async function openCut(
  file: OnnxFile,
  cut: string,
  convert: (write: (bytes: Uint8Array) => void) => Uint8Array,
): Promise<OnnxSession> {
  try {
    return await openSession(convert);
  } catch (cause) {
    const { message } = cause as Error;
    if (cause instanceof RangeError || message.startsWith(file.named)) throw cause;
    const newer =
      /opset \d+ is under development|Unsupported model IR|is not supported.*opset|only \*guarantees\*/i.test(message);
    const own = /is not a registered function|No Op registered|Failed to find kernel|NOT_IMPLEMENTED/i.test(message);
    const opset = file.model.opsets.get('');
    throw new Error(
      `${file.named}: ONNX Runtime does not take it, cut at "${cut}": ${message.trim()}` +
        (newer ? ` It was written for opset ${opset}; export it for an earlier one (17, say).` : '') +
        (own && !newer
          ? ' It needs an operator that this version does not have; export it with ONNX’ own operators.'
          : ''),
      { cause },
    );
  }
}
