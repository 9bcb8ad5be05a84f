import type { Backbone } from '../../models/backbone.ts';

/** What an engine's file provides. */
export interface Engine {
  /** Names the engine's runtime, with its version: `ONNX Runtime 1.30.0`. */
  version(): Promise<string>;
  /** Whether it computes on a GPU here, where large batches pay. */
  onGpu(): Promise<boolean>;
  open(backbone: Backbone, options: OpenOptions): Promise<Opened>;
}

export interface OpenOptions {
  /** The size of the pictures that go in. */
  readonly imageSize: readonly [height: number, width: number];
  /** @default as many as the machine can run at once */
  readonly threads?: number;
}

/** A backbone that is ready to run. */
export interface Opened {
  /** A description for the record: `ONNX Runtime 1.30.0 on the CPU`. */
  readonly description: string;
  /** Everything that affects its numbers, for the versions of features. @default its description */
  readonly computed?: string;
  /** @param images [n, H, W, 3] uint8 @returns [n, …] float32 */
  run(images: Uint8Array, n: number): Promise<Float32Array>;
  /** The most memory that its own process has held, in MiB; 0 if it runs in this process. */
  readonly peakMemoryMiB: number;
  close(): Promise<void>;
}
