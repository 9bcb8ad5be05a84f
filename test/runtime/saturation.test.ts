import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { predict } from '../../src/classifier/predict.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { backboneOf, withInt8 } from '../../src/models/backbone.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { backboneGraph } from '../../src/runtime/backbone-graph.ts';
import { calibrate } from '../../src/runtime/calibrate.ts';
import { openBackbone } from '../../src/runtime/running.ts';
import { openModelFolder } from '../../src/storage/weights/model-folder.ts';
import { predictProbabilities } from '../../src/training/evaluation/evaluate.ts';
import { drawnClassifier } from '../classifier/export/drawn-classifier.ts';
import { relativeError } from '../references/read.ts';

beforeAll(() => useTensorFlow());

// on a CPU with VNNI no sum overflows anyway
describe('a backbone in 8 bits, on any CPU', () => {
  it('gives features that no sum has overflowed in, and predict the probabilities that follow from them', async () => {
    const n = 16;
    const images = shapes10({ train: 40, test: n });
    const float = backboneOf(cutAt(await loadNetwork('vgg19-mini'), 'block5_pool'));
    const backbone = withInt8(float, await calibrate(float, images.train));
    const pixels = await images.test.read(0, n);

    // unoptimized, each operator of the graph works in float32, where nothing overflows
    const graph = openModelFolder((write) => backboneGraph(backbone, [32, 32], write, false).graph);
    const session = await ort.InferenceSession.create(graph.model, { graphOptimizationLevel: 'disabled' });
    const feed = { images: new ort.Tensor('uint8', pixels, [n, 32, 32, 3]) };
    const exact = (await session.run(feed)).features.data as Float32Array;
    graph.remove();

    const running = await openBackbone(backbone, { engine: 'onnx', imageSize: [32, 32] });
    const rows = await running.run(pixels, n);
    await running.close();
    expect(relativeError(rows, exact)).toBeLessThan(0.03); // 0.3 with sums that overflow

    const classifier = await drawnClassifier(backbone);
    const of = { shape: [n, ...backbone.outputShape], rows: () => Promise.resolve(exact) };
    const expected = await predictProbabilities(classifier.head, of, { batchSize: n });
    const found = await predict(classifier, images.test);
    const k = classifier.classNames.length;
    found.forEach(({ ranking }, i) => {
      for (const { className, probability } of ranking)
        expect(Math.abs(probability - expected[i * k + classifier.classNames.indexOf(className)])).toBeLessThan(0.1);
    });
  });
});
