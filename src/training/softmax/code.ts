import { WASM } from './wasm.ts';

/** The exports of assembly/index.ts; pointers are byte offsets in the memory. */
export interface SoftmaxCode {
  drop(pairs: number, count: number, bits: number, limit: number, scale: number, out: number): number;
  compress(row: number, length: number, out: number): number;
  forward(pairs: number, count: number, weights: number, scores: number, vectors: number): void;
  backward(pairs: number, count: number, scores: number, gradient: number, vectors: number): void;
  adam(
    n: number,
    weights: number,
    first: number,
    second: number,
    gradient: number,
    rate: number,
    share1: number,
    share2: number,
    epsilon: number,
    decay: number,
    shrink: number,
  ): void;
  average(n: number, averages: number, weights: number, stay: number, come: number): void;
  squares(n: number, values: number): number;
}

let compiled: WebAssembly.Module | undefined;

/** Loads the code with its own memory. */
export function loadSoftmaxCode(memory: WebAssembly.Memory): SoftmaxCode {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(WASM), (c) => c.charCodeAt(0)));
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as SoftmaxCode;
}
