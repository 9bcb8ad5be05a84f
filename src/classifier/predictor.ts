import type { ReadPictures } from '../data/pictures/picture-files.ts';
import { READING, recolouredText } from '../data/pictures/reading.ts';
import { type SeenIn, sightings } from '../data/seen.ts';
import { readingOf } from '../models/facts.ts';
import { withinMemory } from '../runtime/memory-limit.ts';
import { borrowBackbone } from '../runtime/pool.ts';
import { chooseEngine, type EngineName, openBackbone } from '../runtime/running.ts';
import { predictProbabilities } from '../training/evaluation/evaluate.ts';
import type { Classifier } from './classifier.ts';

/** What a classifier says about one picture. */
export interface Prediction {
  /** The file's name, if the picture came from a file. */
  readonly file?: string;
  readonly className: string;
  /** What the picture was to the classifier, if it has seen this very picture before. */
  readonly seen?: SeenIn;
  /** Whether the picture was read in other colours when the classifier was trained. */
  readonly recoloured?: true;
  /** Probability of that class, 0..1. */
  readonly probability: number;
  /** All classes, the most probable first. */
  readonly ranking: readonly { readonly className: string; readonly probability: number }[];
}

/** A classifier that is loaded and ready to run. */
export interface Predictor {
  /**
   * Classifies one batch.
   * @param pictures of the classifier's size
   */
  run(pictures: ReadPictures): Promise<Prediction[]>;
  close(): Promise<void>;
}

/**
 * Opens a classifier for batches, in the precision that it was trained in and at its temperature.
 * @param options.engine @default 'auto': as for features
 * @param options.keep whether the session stays open for a minute for the next predictor of this classifier @default true
 */
export async function openPredictor(
  { backbone, head, classNames, imageSize, seen }: Classifier,
  { engine = 'auto', keep = true }: { readonly engine?: EngineName | 'auto'; readonly keep?: boolean } = {},
): Promise<Predictor> {
  const running = withinMemory(
    await (keep ? borrowBackbone : openBackbone)(backbone, { engine: await chooseEngine(engine, backbone), imageSize }),
  );
  const k = classNames.length;
  const reading = readingOf(head) ?? READING;
  const seenBefore = seen && sightings(seen);
  return {
    async run({ pixels, contents, readings }) {
      const count = readings.length;
      const rows = await running.run(pixels, count);
      const all = { shape: [count, ...backbone.outputShape], rows: () => Promise.resolve(rows) };
      const probabilities = await predictProbabilities(head, all, { batchSize: count });
      const before = seenBefore?.(contents);
      return Array.from({ length: count }, (_, i) => ({
        ...rank(probabilities.subarray(i * k, (i + 1) * k), classNames),
        ...(before?.[i] && { seen: before[i] }),
        ...(readings[i] > reading && { recoloured: true as const }),
      }));
    },
    close: () => running.close(),
  };
}

/** Says once for all pictures how many were read in other colours when the classifier was trained. */
export function tellRecoloured(count: number): void {
  if (count) console.warn(`${recolouredText(count)}.`);
}

function rank(probabilities: Float32Array, classNames: readonly string[]): Prediction {
  const ranking = classNames
    .map((className, k) => ({ className, probability: probabilities[k] }))
    .sort((a, b) => b.probability - a.probability);
  return { ...ranking[0], ranking };
}
