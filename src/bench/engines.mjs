// @ts-check
// Accuracy by engine and precision, for docs/performance.md: features of the same pictures, a head trained by the same
// seed on each, and each compared with ONNX Runtime in float32, image by image:
// node src/bench/engines.mjs [NETWORK CUT]
import { loadTypeScript } from '../command/line/load-typescript.mjs';

const IMAGES = { train: 2500, validation: 0, test: 1000, seed: 1 };
const SEED = 1;
const WAYS = /** @type {const} */ ([
  ['onnx', 'float32'],
  ['onnx', 'int8'],
  ['openvino', 'int8'],
  ['openvino', 'float32'],
  ['openvino', 'bfloat16'],
]);

const [network = 'vgg16', cut = network === 'vgg16' ? 'block5_pool' : undefined] = process.argv.slice(2);
await loadTypeScript({ readsWeights: true });
const { loadBackbone } = await import('../backbones/load-backbone.ts');
const { cifar10 } = await import('../data/named/cifar10.ts');
const { sample } = await import('../data/subset.ts');
const { compareRuns } = await import('../experiments/statistics/compare.ts');
const { extractFeatures } = await import('../features/extract.ts');
const { hardware } = await import('../host/machine.ts');
const { useTensorFlow } = await import('../host/tensorflow.ts');
const { buildHead } = await import('../models/head.ts');
const { rowCosines } = await import('../runtime/calibrate.ts');
const { closeIdle } = await import('../runtime/pool.ts');
const { evaluate } = await import('../training/evaluation/evaluate.ts');
const { fit } = await import('../training/fit.ts');

await useTensorFlow();
const backbone = await loadBackbone(/** @type {'vgg16'} */ (network), { cut });
const images = sample(await cifar10(), IMAGES);
/** @typedef {{ readonly result: Awaited<ReturnType<typeof evaluate>>, readonly rows: Float32Array }} Outcome */
/** @type {Outcome | undefined} */
let first;
console.log(`${network}${cut ? ` to ${cut}` : ''}; ${String(images.train)}; ${String(images.test)}; ${hardware()}`);
for (const [engine, precision] of WAYS) {
  try {
    const features = await extractFeatures(backbone, images, { engine, precision, progress: false });
    const head = buildHead(features.train.shape.slice(1), { classes: images.train.classNames, seed: SEED });
    await fit(head, features.train, { epochs: 20, seed: SEED, progress: false });
    const result = await evaluate(head, features.test);
    const rows = await features.test.rows(Array.from({ length: images.test.n }, (_, i) => i));
    first ??= { result, rows };
    const cosines = rowCosines(first.rows, rows, images.test.n);
    const mean = cosines.reduce((sum, one) => sum + one, 0) / cosines.length;
    const cells = [
      engine,
      precision,
      `${(100 * result.accuracy.value).toFixed(1)} %`,
      `${mean.toFixed(4)} (${Math.min(...cosines).toFixed(4)})`,
      result === first.result ? '' : String(compareRuns([result], [first.result], { names: ['this', 'float32'] })),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  } catch (error) {
    console.log(`| ${engine} | ${precision} | ${/** @type {Error} */ (error).message} |`);
  }
}
await closeIdle();
