/** Runs a graph that takes a fixed number of pictures at once; the last batch is filled up with zeros. */
export async function inBatchesOf(
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
