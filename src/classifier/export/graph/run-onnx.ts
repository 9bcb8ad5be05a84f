import { ownOf } from '../../../host/own.ts';
import { type Feed, openSession } from '../../../runtime/onnx-session.ts';

/**
 * Runs a written ONNX file on pictures.
 * @param file its bytes, read from the disk again
 * @param options.feed makes the input of some pictures
 * @param options.batch how many pictures it takes at once; undefined for any number
 * @returns the output for all n pictures, one after the other
 */
export async function runOnnx(
  file: Uint8Array,
  output: string,
  n: number,
  {
    feed,
    batch,
  }: {
    readonly feed: (from: number, to: number) => Readonly<Record<string, Feed>>;
    readonly batch?: number;
  },
): Promise<Float32Array> {
  const session = await openSession(() => file);
  try {
    const rows: Float32Array[] = [];
    const step = batch === undefined ? n : 1;
    for (let from = 0; from < n; from += step) {
      const feeds = Object.entries(feed(from, from + step)).map(([name, one]) => [name, repeated(one, batch)] as const);
      const { data } = ownOf(await session.run(Object.fromEntries(feeds)), output)!;
      rows.push(data.subarray(0, data.length / (batch ?? 1)));
    }
    const all = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const row of rows) {
      all.set(row, at);
      at += row.length;
    }
    return all;
  } finally {
    await session.close();
  }
}

/** Fills a batch of a fixed size with the same picture. */
function repeated({ type, data, dims }: Feed, batch = 1): Feed {
  if (batch === 1) return { type, data, dims };
  const all = type === 'uint8' ? new Uint8Array(data.length * batch) : new Float32Array(data.length * batch);
  for (let i = 0; i < batch; i++) all.set(data, i * data.length);
  return { type, data: all, dims: [batch, ...dims.slice(1)] };
}
