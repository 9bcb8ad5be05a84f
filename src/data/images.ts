import { createHash } from 'node:crypto';

/** A labelled set of pictures of one size: the one type that every data source gives and every step takes. */
export interface Images {
  /** Where they come from, for people: `cifar10 train`, `shapes10 test, 500 of 2,000`. */
  readonly name: string;
  /** [N, H, W, 3] uint8, RGB, 0..255, row-major. */
  readonly pixels: Uint8Array;
  /** [N, H, W, 3]. */
  readonly shape: readonly [number, number, number, 3];
  /** [N] int32, 0..K-1. */
  readonly labels: Int32Array;
  /** K names; a label is an index into it. */
  readonly classNames: readonly string[];
  /** SHA-256 of shape, labels and pixels (hexadecimal). */
  readonly hash: string;
  /**
   * Names the ordered sequence that these images are the first N of. Two sets with the same sequence share their
   * leading images, so features of the smaller one serve the larger one.
   */
  readonly sequence: string;
}

/**
 * Makes a labelled set of images after checking that its parts fit together.
 * @param parts pixels [N, H, W, 3] uint8 RGB, labels [N] of 0..K-1, K class names; `sequence` as in {@link Images}
 * @throws RangeError when sizes don't fit, or a label lies outside the class names
 */
export function makeImages(parts: {
  readonly name: string;
  readonly pixels: Uint8Array;
  readonly size: readonly [height: number, width: number];
  readonly labels: ArrayLike<number>;
  readonly classNames: readonly string[];
  readonly sequence?: string;
}): Images {
  const { name, pixels, classNames } = parts;
  const [height, width] = parts.size;
  const labels = Int32Array.from(parts.labels);
  const expected = labels.length * height * width * 3;
  if (pixels.length !== expected) {
    throw new RangeError(
      `${name}: expected ${expected} pixel bytes for ${labels.length} images of ${height}×${width}×3; got ${pixels.length}.`,
    );
  }
  const bad = labels.findIndex((label, i) => label !== parts.labels[i] || label < 0 || label >= classNames.length);
  if (bad >= 0) {
    throw new RangeError(
      `${name}: expected labels 0..${classNames.length - 1} (${classNames.join(', ')}); image ${bad} has ${parts.labels[bad]}.`,
    );
  }
  const shape = [labels.length, height, width, 3] as const;
  const hash = createHash('sha256')
    .update(JSON.stringify([shape, classNames]))
    .update(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength))
    .update(pixels)
    .digest('hex');
  return { name, pixels, shape, labels, classNames, hash, sequence: parts.sequence ?? hash };
}

/**
 * Picks images by index, in the order given.
 * @param indices positions 0..N-1, each may come more than once
 */
export function pick(
  images: Images,
  indices: ArrayLike<number>,
  { name = images.name, sequence }: { readonly name?: string; readonly sequence?: string } = {},
): Images {
  const [n, height, width] = images.shape;
  const bytes = height * width * 3;
  const pixels = new Uint8Array(indices.length * bytes);
  const labels = new Int32Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const at = indices[i];
    if (!(at >= 0 && at < n)) throw new RangeError(`pick: expected an index in 0..${n - 1}; got ${at}.`);
    pixels.set(images.pixels.subarray(at * bytes, (at + 1) * bytes), i * bytes);
    labels[i] = images.labels[at]!;
  }
  return makeImages({ name, pixels, size: [height, width], labels, classNames: images.classNames, sequence });
}

/** The first `n` images, in the order they are stored. */
export function take(images: Images, n: number): Images {
  const total = images.shape[0];
  if (!Number.isInteger(n) || n < 1 || n > total) {
    throw new RangeError(`take: expected a whole number from 1 to ${total} (${images.name}); got ${n}.`);
  }
  if (n === total) return images;
  const indices = Int32Array.from({ length: n }, (_, i) => i);
  return pick(images, indices, { name: `${images.name}, first ${n}`, sequence: images.sequence });
}
