import type { Classifier } from '../classifier/classifier.ts';
import { runOnnx } from '../classifier/export/graph/run-onnx.ts';
import type { Dataset } from '../data/dataset.ts';
import { subset } from '../data/subset.ts';
import { IMAGES } from '../onnx/file/one-file.ts';
import { EMBEDDING, type TrainedPicture } from './facts.ts';
import { smallJpeg } from './small-jpeg.ts';

/** The side of a training picture in a page, in pixels. */
const SIDE = 96;

/**
 * Takes a stratified part of the training pictures into a page: thumbnails without metadata, numbered, and what the
 * page's own graph sees in them.
 * @param file the graph, which gives it
 * @param options.count how many; all of them if there are fewer
 */
export async function trainedPictures(
  { backbone, imageSize }: Classifier,
  file: Uint8Array,
  { trained, count, seed }: { readonly trained: Dataset; readonly count: number; readonly seed: number },
): Promise<TrainedPicture[]> {
  const some = count < trained.n ? subset(trained, { size: count, seed }) : trained;
  const [height, width] = some.imageSize;
  if (height !== imageSize[0] || width !== imageSize[1])
    throw new RangeError(
      `pictures: expected training pictures of ${imageSize.join('×')}, as the classifier takes them; ${some.name} has ${height}×${width}.`,
    );
  const pixels = await some.read(0, some.n);
  const each = height * width * 3;
  const one = (i: number): Uint8Array => pixels.slice(i * each, (i + 1) * each);
  const embedding = await runOnnx(file, EMBEDDING, some.n, {
    feed: (from, to) => ({
      [IMAGES]: { type: 'uint8', data: pixels.slice(from * each, to * each), dims: [to - from, height, width, 3] },
    }),
    batch: backbone.file?.batch,
  });
  const d = embedding.length / some.n;
  return Promise.all(
    Array.from({ length: some.n }, async (_, i) => ({
      name: `training picture ${i + 1}`,
      className: some.classNames[some.labels[i]],
      jpeg: await smallJpeg(one(i), [height, width], SIDE),
      embedding: in8Bits(embedding.subarray(i * d, (i + 1) * d)),
    })),
  );
}

/** Scales a vector so that its largest number is ±127, and rounds. */
function in8Bits(values: Float32Array): string {
  const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-12);
  return Buffer.from(Int8Array.from(values, (value) => Math.round((127 * value) / most)).buffer).toString('base64');
}
