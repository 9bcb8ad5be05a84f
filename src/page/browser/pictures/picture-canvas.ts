import { resampleMap } from '../../../pixels/resample.ts';
import type { Answer } from '../messages.ts';

/**
 * Draws what the network was given.
 * @param canvas gets that size
 * @param answer with [H, W, 3] pixels, H = W
 * @param options.heat whether what spoke for the class is drawn bright and the rest dark @default false
 */
export function drawPicture(
  canvas: HTMLCanvasElement,
  { pixels, map }: Pick<Answer, 'pixels' | 'map'>,
  { heat = false }: { readonly heat?: boolean } = {},
): void {
  const side = Math.round(Math.sqrt(pixels.length / 3));
  const image = new ImageData(side, side);
  const bright = heat && map ? resampleMap(map.values, map.size, { size: side }) : undefined;
  for (let i = 0; i < side * side; i++) {
    const share = bright ? 0.2 + 0.8 * Math.max(0, Math.min(1, bright[i])) : 1;
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = Math.round(share * pixels[3 * i + c]);
    image.data[4 * i + 3] = 255;
  }
  canvas.width = canvas.height = side;
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}
