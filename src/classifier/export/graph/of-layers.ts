import type { LayersBackbone } from '../../../models/backbone.ts';
import { type Classifier, createClassifier } from '../../classifier.ts';
import { checkPictures, compare, predicted } from '../check.ts';
import type { Written } from '../format.ts';

/** Gives a backbone that is a model of layers; refuses another one, before anything is written. */
export function backboneOfLayers({ backbone }: Classifier, title: string): LayersBackbone {
  if (!backbone.model)
    throw new Error(
      `export: ${title} has no counterpart for ${String(backbone)}, which is an ONNX file and no model of layers. Nothing was written: export to onnx or hub.`,
    );
  return backbone;
}

/**
 * Compares what a file of layers answers, about pictures of the network's own size and in float32, with `predict`.
 * @param answersOf runs the file on pictures [3, S, S, 3], 0..255 @returns [3, K]
 */
export async function checkAgainstLayers(
  { backbone, head, classNames, fit }: Classifier,
  answersOf: (pixels: Uint8Array, size: number) => Promise<Float32Array>,
): Promise<Omit<Written, 'lines'>> {
  const { size } = backbone.input;
  const pixels = await checkPictures([size, size]);
  const asked = createClassifier({ backbone, head, classNames, imageSize: [size, size], fit });
  const expected = await predicted(asked, pixels, { in8Bits: false });
  const checked = compare(await answersOf(pixels, size), expected, { in8Bits: false });
  const remarks = backbone.int8
    ? ['The classifier was trained in 8 bits; the file computes in float32, so that probabilities differ a little.']
    : [];
  return { pixels, size: [size, size], checked, remarks };
}
