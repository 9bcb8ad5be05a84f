import type { PageFacts } from '../facts.ts';

/** What a page's thread asks of its worker. */
export type Question = Start | Asked;

/** A picture to look at. */
export interface Asked {
  readonly id: number;
  readonly picture: Blob;
  readonly name: string;
  /** Whether its small copy is wanted, and the names of both contents. */
  readonly keep: boolean;
}

/** The first question: the engine and the graph. */
export interface Start {
  /** The WebAssembly of onnxruntime-web; packed by gzip if it begins so. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** The ONNX file; packed by gzip if it begins so. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** What the page knows about its graph; undefined if that stands in the file. */
  readonly facts?: GraphFacts;
}

export type GraphFacts = Pick<PageFacts, 'classNames' | 'imageSize' | 'resizing' | 'outputs'>;

/** What a worker answers. */
export type Reply =
  | { readonly ready: GraphFacts }
  | { readonly failed: string }
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly error: string };

/** What a classifier says about a picture. */
export interface Answer {
  /** [K], in the order of the class names; empty if the graph has no classes. */
  readonly probabilities: Float32Array;
  /** [H, W, 3] uint8: what the network was given. */
  readonly pixels: Uint8Array;
  /** [h, w] 0..1: which places spoke for the most probable class; undefined if the graph does not say. */
  readonly map?: { readonly values: Float32Array; readonly size: readonly [height: number, width: number] };
  /** [D], if the graph gives them. */
  readonly embedding?: Float32Array;
  /** Its small copy, if that was wanted, and the first half of the SHA-256 of both files, in hexadecimal digits. */
  readonly kept?: { readonly small: Blob; readonly contents: readonly [given: string, small: string] };
  /** What to know about this picture. */
  readonly note?: string;
  /** How long decoding, resizing and the network took. */
  readonly milliseconds: { readonly decode: number; readonly resize: number; readonly network: number };
}
