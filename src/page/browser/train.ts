import { random, shuffle } from '../../random.ts';
import { layoutOf, softmaxCore } from '../../training/softmax/softmax-core.ts';
import { loadSoftmaxCode } from '../../training/softmax/code.ts';

/** A head that was trained in a page. */
export interface TrainedHead {
  /** [D, K] */
  readonly kernel: Float32Array;
  /** [K] */
  readonly bias: Float32Array;
}

/** How it is trained: as `graft train` trains a softmax head on photos. */
const [BATCH, DROPOUT] = [32, 0.5];
/** The most epochs and the fewest; between them as many as this many products take, a few seconds. */
const [EPOCHS, FEWEST, PRODUCTS] = [100, 10, 5e9];
const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, weightDecay: 0 };
const PAGE = 65_536;
/** The bytes of a pair: a column's index and its value. */
const PAIR = 8;

/**
 * Trains a softmax head with Dropout on embeddings, in WebAssembly: 5 × 20 photos take less than a second. Where 100
 * epochs would take long (1,000 classes, say) there are fewer, always as many for as many pictures and classes.
 * @param rows n of [D] float32
 * @param labels [n], 0..K-1
 * @param options.seed the same seed gives the same head @default 1
 */
export function trainHead(
  rows: readonly Float32Array[],
  labels: readonly number[],
  { classes, seed = 1 }: { readonly classes: number; readonly seed?: number },
): TrainedHead {
  const length = rows[0].length;
  const layout = layoutOf({ length, classes, averages: false });
  const bytes = layout.end + rows.length * PAIR * (length + 1);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) + 1 });
  const code = loadSoftmaxCode(memory);
  const ends = [layout.end];
  for (const row of rows) {
    new Float32Array(memory.buffer, layout.kept, length).set(row);
    ends.push(ends.at(-1)! + PAIR * code.compress(layout.kept, length, ends.at(-1)!));
  }
  const own = { at: (image: number) => ends[image], count: (image: number) => (ends[image + 1] - ends[image]) / PAIR };
  const core = softmaxCore(layout, own, memory, { dropout: DROPOUT, l2: 0, bias: true }, code);
  const [start, order, drop] = ['weights', 'order', 'dropout'].map((stream) => random(seed, stream));
  const limit = Math.sqrt(6 / (length + classes)); // Glorot's
  core.put(
    layout.weights,
    Float32Array.from({ length: length * classes }, () => (2 * start() - 1) * limit),
  );
  const bits = (count: number): Uint16Array => Uint16Array.from({ length: count }, () => drop() * 65_536);
  const images = [...rows.keys()];
  const afforded = Math.floor(PRODUCTS / (rows.length * length * classes));
  const epochs = Math.max(FEWEST, Math.min(EPOCHS, afforded));
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(images, order);
    for (let from = 0; from < images.length; from += BATCH) {
      const batch = images.slice(from, from + BATCH);
      core.step(
        batch,
        batch.map((image) => labels[image]),
        ADAM,
        bits,
      );
    }
  }
  const { matrix: kernel, vector: bias } = core.take(layout.weights);
  return { kernel, bias };
}
