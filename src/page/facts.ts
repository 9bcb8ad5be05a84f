import type { resizingOf } from '../data/dataset.ts';

/** What a page has to know about its classifier, beside the graph; written into the page as JSON. */
export interface PageFacts {
  readonly title: string;
  /** K names. */
  readonly classNames: readonly string[];
  /** Size of the pictures that go into the graph, in pixels. */
  readonly imageSize: readonly [height: number, width: number];
  /** How photos are brought to that size. */
  readonly resizing: ReturnType<typeof resizingOf>;
  /** The graph's further outputs. */
  readonly outputs: readonly PageOutput[];
  /** Below this probability the page says "not sure", 0..1; 0 for never. */
  readonly notSure: number;
  /** What was measured, and what the page is made of; sentences. */
  readonly about: readonly string[];
  /** Pictures to try it with. */
  readonly examples: readonly PagePicture[];
  /** Training pictures, among which the nearest ones are shown. */
  readonly trained: readonly TrainedPicture[];
}

/** Where the network looked, [n, K, h, w]; and what training pictures are compared by, [n, D]. */
export const [MAPS, EMBEDDING] = ['graft/maps', 'graft/embedding'] as const;
export type PageOutput = typeof MAPS | typeof EMBEDDING;

/** A small picture in a page, without metadata. */
export interface PagePicture {
  readonly name: string;
  /** A JPEG file in base64. */
  readonly jpeg: string;
}

/** A training picture with what the network sees in it. */
export interface TrainedPicture extends PagePicture {
  readonly className: string;
  /** Its embedding, [D] int8 in base64, scaled so that the largest number is ±127: only the direction counts. */
  readonly embedding: string;
}
