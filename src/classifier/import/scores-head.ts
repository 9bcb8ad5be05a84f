import type { FileBackbone } from '../../models/file-backbone.ts';
import { random } from '../../random.ts';
import { openBackbone } from '../../runtime/running.ts';
import type { ImportedNetwork, SoftmaxWeights } from './imported-network.ts';

/** The most classes: a head that passes scores on has as many weights as their square. */
const MOST_CLASSES = 4096;

/**
 * Makes the last layer of a classifier whose graph gives the scores themselves: it passes them on to its softmax.
 * @param named what the user gave, for errors
 * @throws Error if they are no scores of two classes or more, or are probabilities already, of which another softmax
 *   would make wrong ones
 */
export async function scoresHead(
  backbone: FileBackbone,
  named: string,
  { softmax }: Pick<ImportedNetwork, 'softmax'>,
): Promise<SoftmaxWeights> {
  const { outputShape, cut } = backbone;
  const classes = outputShape.at(-1)!;
  const one = outputShape.reduce((a, b) => a * b, 1);
  if (one !== classes || classes < 2)
    throw new Error(
      `${named}: expected scores of two classes or more for each picture, [n, K]; "${cut}" is [n, ${outputShape.join(', ')}].`,
    );
  if (classes > MOST_CLASSES)
    throw new Error(
      `${named}: expected up to ${MOST_CLASSES.toLocaleString('en-US')} classes; it has ${classes.toLocaleString('en-US')}. onnxBackbone takes the network, and fit a head of your own on it.`,
    );
  if (softmax === 'none in the graph' && (await areProbabilities(backbone, classes)))
    throw new Error(
      `${named}: expected scores, or probabilities behind a Softmax; "${cut}" gives probabilities, but no Softmax is found at its end, and another one would change them. Export it so that it gives its scores (logits).`,
    );
  const kernel = new Float32Array(classes * classes);
  for (let k = 0; k < classes; k++) kernel[k * classes + k] = 1;
  return { inputs: classes, classes, kernel, bias: new Float32Array(classes) };
}

/** Whether rows for drawn pictures are shares of 1, to what 8 bits hold. */
async function areProbabilities(backbone: FileBackbone, classes: number): Promise<boolean> {
  const n = 3;
  const { size } = backbone.input;
  const next = random(1, 'scores');
  const bytes = size * size * 3;
  const pictures = Uint8Array.from({ length: n * bytes }, (_, at) => Math.floor((at < bytes ? 64 : 256) * next()));
  const running = await openBackbone(backbone, { engine: 'onnx', imageSize: [size, size] });
  try {
    const rows = await running.run(pictures, n);
    return Array.from({ length: n }, (_, i) => rows.subarray(i * classes, (i + 1) * classes)).every(
      (row) =>
        row.every((value) => value >= 0 && value <= 1.001) && Math.abs(row.reduce((a, b) => a + b, 0) - 1) < 0.05,
    );
  } finally {
    await running.close();
  }
}
