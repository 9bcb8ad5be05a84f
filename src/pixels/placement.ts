/** How one axis of a picture comes to a network's: resampled to `to` pixels, of which those from `start` on are taken. */
export interface Placement {
  readonly from: number;
  readonly to: number;
  readonly start: number;
}

/**
 * How a picture is brought to a network's size.
 * @param imageSize of the picture, in pixels
 * @param size height and width of the network's input
 * @param crop share of the shorter side that the network sees, above 0 to 1: the shorter side is scaled to size / crop
 *   and the centre is cut out, as torchvision's Resize and CenterCrop do and timm's `crop_pct` means it. Undefined: the
 *   whole picture is squashed to the square, as Keras does it.
 */
export function placements(
  imageSize: readonly [height: number, width: number],
  size: number,
  crop?: number,
): [high: Placement, wide: Placement] {
  const short = Math.min(...imageSize);
  // 224 / (224 / 256) may come out a hair below 256
  const scaled = crop === undefined ? size : Math.floor(size / crop + 1e-6);
  const place = (from: number): Placement => {
    if (crop === undefined) return { from, to: size, start: 0 };
    const to = from === short ? scaled : Math.floor((scaled * from) / short);
    return { from, to, start: halfToEven((to - size) / 2) };
  };
  return [place(imageSize[0]), place(imageSize[1])];
}

/** As Python's `round`. */
const halfToEven = (value: number): number =>
  value % 1 === 0.5 && Math.floor(value) % 2 === 0 ? Math.floor(value) : Math.round(value);
