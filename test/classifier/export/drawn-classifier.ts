import * as tf from '@tensorflow/tfjs';
import { type Classifier, createClassifier } from '../../../src/classifier/classifier.ts';
import { shapes10 } from '../../../src/data/named/shapes10.ts';
import type { Backbone } from '../../../src/models/backbone.ts';
import { noteFacts } from '../../../src/models/facts.ts';
import { buildHead } from '../../../src/models/head.ts';
import { openBackbone } from '../../../src/runtime/running.ts';
import { normal, random } from '../../../src/random.ts';

export interface DrawnOptions {
  readonly classNames?: readonly string[];
  readonly hidden?: readonly number[];
  readonly temperature?: number;
  readonly imageSize?: readonly [number, number];
  readonly fit?: Classifier['fit'];
}

/** Pictures of any size, drawn: [n, H, W, 3] uint8. */
export async function drawnPictures(n: number, [height, width]: readonly [number, number]): Promise<Uint8Array> {
  const small = await shapes10({ train: 1, test: n, seed: 9 }).test.read(0, n);
  return Uint8Array.from({ length: n * height * width * 3 }, (_, at) => {
    const [c, x, y] = [at % 3, Math.floor(at / 3) % width, Math.floor(at / (3 * width)) % height];
    const i = Math.floor(at / (3 * width * height));
    return small[((i * 32 + Math.floor((y * 32) / height)) * 32 + Math.floor((x * 32) / width)) * 3 + c];
  });
}

/**
 * A classifier whose head was drawn, with scores of a few units, so that neither all nor no class is probable. It costs
 * no training.
 */
export async function drawnClassifier(
  backbone: Backbone,
  {
    classNames = ['a', 'b', 'c', 'd', 'e'],
    hidden = [],
    temperature = 1.5,
    imageSize = [32, 32],
    fit,
  }: DrawnOptions = {},
): Promise<Classifier> {
  const running = await openBackbone(backbone, { engine: 'onnx', imageSize });
  const rows = await running.run(await drawnPictures(4, imageSize), 4);
  await running.close();
  const each = rows.length / 4;
  const spread = Math.sqrt(rows.reduce((sum, value) => sum + value * value, 0) / 4) || 1;
  const head = noteFacts(buildHead(backbone.outputShape, { classes: classNames, hidden }), { temperature });
  const draw = random(5, `${each}`);
  const layers = head.layers.filter((layer) => layer.weights.length);
  layers.forEach((layer, i) => {
    const scale = i === 0 ? 1.5 / spread : 0.4;
    layer.setWeights(
      layer.getWeights().map(({ shape }) =>
        tf.tensor(
          Float32Array.from(
            { length: shape.reduce((a, b) => a * b, 1) },
            () => normal(draw) * (shape.length === 1 ? 0.1 : scale),
          ),
          shape,
        ),
      ),
    );
  });
  return createClassifier({ backbone, head, classNames, imageSize, fit });
}
