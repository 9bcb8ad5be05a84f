/**
 * What a site imports as `graft-ml/web`: a classifier that `graft page --split` wrote, for one's own page.
 */
import { startRunner } from './browser/runner.ts';

declare const WORKER: string;

/** Where bytes are: an address, or they themselves. */
export type Bytes = string | URL | ArrayBuffer | Uint8Array<ArrayBuffer>;

/** What a classifier on a site is made of. */
export interface WebClassifierParts {
  /** The graph: `classifier.onnx`, or a `model.onnx` of `graft export --to onnx`. */
  readonly model: Bytes;
  /** ONNX Runtime as WebAssembly: `classifier.wasm`. */
  readonly wasm: Bytes;
}

/** What it says about a picture. */
export interface WebPrediction {
  readonly className: string;
  /** Probability of that class, 0..1. */
  readonly probability: number;
  /** All classes, the most probable first. */
  readonly ranking: readonly { readonly className: string; readonly probability: number }[];
  /** What to know about this picture: that it is in the colours of print, say. */
  readonly note?: string;
}

/** A classifier that runs in a worker of the page. */
export interface WebClassifier {
  /** K names. */
  readonly classNames: readonly string[];
  /**
   * Classifies a picture: a file that was chosen or dropped, a blob that was fetched. Several wait for each other.
   * @throws Error, a sentence for people, if it cannot be read as a picture
   */
  classify(picture: Blob): Promise<WebPrediction>;
  /** Ends the worker. */
  close(): void;
}

/**
 * Opens a classifier in a page. It runs in a worker that is made from a blob, so a policy of the site has to have
 * `worker-src blob:` and `script-src 'wasm-unsafe-eval'`.
 * @throws Error naming what could not be loaded, or is no file that Graft wrote
 */
export async function openClassifier({ model, wasm }: WebClassifierParts): Promise<WebClassifier> {
  const bytes = await Promise.all([wasm, model].map(bytesOf));
  // a worker takes them away, and another one may be needed
  const runner = startRunner(WORKER, () => ({ wasm: bytes[0].slice(), model: bytes[1].slice() }));
  const { classNames } = await runner.ready;
  return {
    classNames,
    async classify(picture) {
      const name = picture instanceof File ? picture.name : 'picture';
      const { probabilities, note } = await runner.classify(picture, name).catch((error: Error) => {
        throw new Error(`${name}: expected a picture; ${error.message}.`, { cause: error });
      });
      const ranking = classNames
        .map((className, k) => ({ className, probability: probabilities[k] }))
        .sort((a, b) => b.probability - a.probability);
      return { ...ranking[0], ranking, ...(note !== undefined && { note }) };
    },
    close: () => runner.close(),
  };
}

async function bytesOf(given: Bytes): Promise<Uint8Array<ArrayBuffer>> {
  if (given instanceof Uint8Array) return given;
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  const answer = await fetch(given);
  if (!answer.ok)
    throw new Error(`openClassifier: expected a file at ${String(given)}; the server says ${answer.status}.`);
  return new Uint8Array(await answer.arrayBuffer());
}
