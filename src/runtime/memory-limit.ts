import type { RunningBackbone } from './running.ts';

/** How TensorFlow, ONNX Runtime, CUDA and WebGPU report it. */
const OUT_OF_MEMORY = /OOM|out of memory|resource ?exhausted|failed to allocate|bad_alloc|CreateBuffer/i;

/**
 * Makes an engine take batches of any size: if a GPU's memory is exhausted, it halves the number of images that it runs
 * at once, and keeps to that.
 * @throws what the engine throws for a single image, or for another reason
 */
export function withinMemory(engine: RunningBackbone): RunningBackbone {
  let most = Infinity;
  const run = async (images: Uint8Array, n: number): Promise<Float32Array> => {
    if (n <= most) {
      try {
        return await engine.run(images, n);
      } catch (error) {
        if (n === 1 || !OUT_OF_MEMORY.test((error as Error).message)) throw error;
        most = Math.min(most, Math.ceil(n / 2));
      }
    }
    const half = Math.min(most, Math.ceil(n / 2));
    const bytes = images.length / n;
    const [first, rest] = [
      await run(images.subarray(0, half * bytes), half),
      await run(images.subarray(half * bytes), n - half),
    ];
    const both = new Float32Array(first.length + rest.length);
    both.set(first);
    both.set(rest, first.length);
    return both;
  };
  return {
    engine: engine.engine,
    description: engine.description,
    computed: engine.computed,
    get peakMemoryMiB() {
      return engine.peakMemoryMiB;
    },
    run,
    close: () => engine.close(),
  };
}
