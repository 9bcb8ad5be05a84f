import { shapes10 } from '../../data/named/shapes10.ts';
import { READING } from '../../data/pictures/reading.ts';
import { hasInt8Instructions } from '../../host/machine.ts';
import { inFloat32 } from '../../models/backbone.ts';
import { KEY_BYTES } from '../../storage/rows/keys.ts';
import { type Classifier, createClassifier } from '../classifier.ts';
import { openPredictor } from '../predictor.ts';

/** How many pictures a file is checked with. */
export const CHECKED = 3;

/** What came out when a written file was run. */
export interface Checked {
  /** The probabilities that the file gives, [3, K]. */
  readonly probabilities: Float32Array;
  /** The largest difference from `predict`. */
  readonly largest: number;
  /** What it was compared with, in words. */
  readonly against: string;
}

/** The most that a probability in float32 may differ, and one from 8-bit weights, before an export is given up. */
const [MOST, MOST_IN_8_BITS] = [1e-4, 0.25];

/** Draws the pictures that a file is checked with; drawn ones, since nobody's photos may go out with a file. */
export async function checkPictures([height, width]: readonly [number, number]): Promise<Uint8Array> {
  const drawn = shapes10({ train: 1, test: CHECKED }).test;
  const [side] = drawn.imageSize;
  const small = await drawn.read(0, CHECKED);
  const pixels = new Uint8Array(CHECKED * height * width * 3);
  for (let at = 0; at < pixels.length; at++) {
    const [c, x, y] = [at % 3, Math.floor(at / 3) % width, Math.floor(at / (3 * width)) % height];
    const picture = Math.floor(at / (3 * width * height));
    const [from, row] = [Math.floor((x * side) / width), Math.floor((y * side) / height)];
    pixels[at] = small[((picture * side + row) * side + from) * 3 + c];
  }
  return pixels;
}

/**
 * Gives what `predict` says about pictures of the classifier's size.
 * @param in8Bits whether the classifier may compute in 8 bits; where such sums overflow it is asked in float32 instead
 * @returns probabilities [3, K] in the order of the class names
 */
export async function predicted(
  classifier: Classifier,
  pixels: Uint8Array,
  { in8Bits }: { readonly in8Bits: boolean },
): Promise<{ readonly probabilities: Float32Array; readonly against: string }> {
  const { backbone, head, imageSize, fit } = classifier;
  const k = classifier.classNames.length;
  // two classes may have one name, but no two have one number
  const classNames = Array.from({ length: k }, (_, i) => String(i));
  const as8Bits = in8Bits && backbone.int8 !== undefined && hasInt8Instructions();
  const as = as8Bits ? backbone : inFloat32(backbone);
  const asked = createClassifier({ backbone: as, head, classNames, imageSize, fit });
  const predictor = await openPredictor(asked, { engine: 'onnx' });
  try {
    const found = await predictor.run({
      pixels,
      contents: new Uint8Array(CHECKED * KEY_BYTES),
      readings: new Uint8Array(CHECKED).fill(READING),
    });
    const probabilities = new Float32Array(CHECKED * k);
    for (const [i, { ranking }] of found.entries())
      for (const { className, probability } of ranking) probabilities[i * k + Number(className)] = probability;
    return { probabilities, against: `predict in ${as8Bits ? '8 bits' : (backbone.file?.precision ?? 'float32')}` };
  } finally {
    await predictor.close();
  }
}

/**
 * Compares what a file gives with what is expected.
 * @throws Error saying how far it is off
 */
export function compare(
  given: Float32Array,
  { probabilities, against }: { readonly probabilities: Float32Array; readonly against: string },
  { in8Bits }: { readonly in8Bits: boolean },
): Checked {
  const largest = given.reduce((most, value, i) => Math.max(most, Math.abs(value - probabilities[i])), 0);
  const most = in8Bits ? MOST_IN_8_BITS : MOST;
  // a number that is none is off by any amount
  if (!(given.length === probabilities.length && given.every(Number.isFinite) && largest <= most))
    throw new Error(
      `export: expected the file to give what ${against} gives, to ${most}; ${CHECKED} pictures differ by up to ${largest}. Nothing was written.`,
    );
  return { probabilities: given, largest, against };
}
