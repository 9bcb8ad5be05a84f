import { CHECKED, checkPictures } from '../classifier/export/check.ts';
import { onnxOf } from '../classifier/export/formats/onnx.ts';
import { runOnnx } from '../classifier/export/graph/run-onnx.ts';
import type { Backbone } from '../models/backbone.ts';
import { IMAGES } from '../onnx/file/one-file.ts';
import { rowCosines } from '../runtime/calibrate.ts';
import { openBackbone } from '../runtime/running.ts';
import { EMBEDDING } from './facts.ts';
import { checkPageBytes } from './page-model.ts';

/** The least cosine of what a graph of rounded weights gives and what its backbone gives; as it is, they are the same. */
const [LEAST_ROUNDED, LEAST] = [0.97, 0.9999];

/**
 * Makes the graph of a backbone for a page, `images` uint8 [n, H, W, 3] → `graft/embedding` [n, D], and runs it once.
 * @param options.rounded whether float weights are rounded to about 10 bits
 * @returns the ONNX file, and the least cosine of its embeddings and the backbone's features on three drawn pictures
 * @throws Error if the backbone is too large, has a layer without a counterpart, or the graph differs
 */
export async function backboneModel(
  backbone: Backbone,
  { rounded, metadata }: { readonly rounded: boolean; readonly metadata: Readonly<Record<string, string>> },
): Promise<{ readonly file: Uint8Array; readonly cosine: number }> {
  checkPageBytes(backbone, (backbone.weights?.bytes ?? 0) / (rounded ? 4 : 1));
  const { size } = backbone.input;
  const imageSize = [size, size] as const;
  const [length] = backbone.outputShape;
  const n = backbone.file?.batch ?? 'n';
  const file = onnxOf(
    { backbone, imageSize },
    {
      in8Bits: rounded,
      finer: true,
      inputs: [{ name: IMAGES, type: 'uint8', shape: [n, ...imageSize, 3] }],
      outputs: [{ name: EMBEDDING, type: 'float32', shape: [n, length] }],
      behind: (build, features) => void build.node('Flatten', [features], { axis: 1 }, EMBEDDING),
      metadata,
    },
  );
  checkPageBytes(backbone, file.length);
  const pixels = await checkPictures(imageSize);
  const each = size * size * 3;
  const given = await runOnnx(file, EMBEDDING, CHECKED, {
    feed: (from, to) => ({
      [IMAGES]: { type: 'uint8', data: pixels.slice(from * each, to * each), dims: [to - from, size, size, 3] },
    }),
    batch: backbone.file?.batch,
  });
  const running = await openBackbone(backbone, { engine: 'onnx', imageSize });
  try {
    const expected = await running.run(pixels, CHECKED);
    const cosine = Math.min(...rowCosines(given, expected, CHECKED));
    if (!(cosine >= (rounded ? LEAST_ROUNDED : LEAST)))
      throw new Error(
        `page: expected the network in a page to give what ${String(backbone)} gives; on ${CHECKED} drawn pictures their cosine is ${cosine}. Nothing was written.`,
      );
    return { file, cosine };
  } finally {
    await running.close();
  }
}
