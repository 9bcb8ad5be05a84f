import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { hasInt8Instructions } from '../../src/host/machine.ts';
import { backboneOf, withInt8 } from '../../src/models/backbone.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { backboneToInt8Onnx } from '../../src/onnx/int8.ts';
import { calibrate } from '../../src/runtime/calibrate.ts';
import { openSession } from '../../src/runtime/onnx-session.ts';
import { openBackbone } from '../../src/runtime/running.ts';

const { train: images, test } = shapes10({ train: 80, test: 32 });
let mini: tf.LayersModel;
beforeAll(async () => {
  mini = await loadNetwork('vgg19-mini');
});

// without these instructions 8-bit sums overflow, and Graft refuses
describe.skipIf(!hasInt8Instructions())('the int8 backbone (skipped without 8-bit instructions)', () => {
  it('agrees with float32 at convolutions, pools and fully connected layers, preprocessed or not', async () => {
    const cuts = [
      'block1_conv1',
      'block3_pool',
      'block5_pool',
      'flatten',
      'fc1',
      'fc2',
      'predictions',
      'block3_pool-fc1',
    ];
    for (const cut of cuts) {
      for (const preprocess of ['caffe', 'none'] as const) {
        const { agreement, images: used } = await calibrate(backboneOf(cutAt(mini, cut), { preprocess }), images);
        expect(used).toEqual([32, 16]);
        expect(agreement, `${cut}, ${preprocess}`).toBeGreaterThan(0.998);
      }
    }
  });

  it('loses nothing to 8-bit input: the first layer is right up to the borders', async () => {
    const float = backboneOf(cutAt(mini, 'block1_conv1'));
    const calibration = await calibrate(float, images);
    const results: Float32Array[] = [];
    for (const backbone of [float, withInt8(float, calibration)]) {
      const running = await openBackbone(backbone, { engine: 'onnx', imageSize: [32, 32] });
      results.push(await running.run(await test.read(0, 32), 32));
      await running.close();
    }
    // half a step of the output, and what 8-bit weights cost; a wrong border would show as tens of steps
    const step = calibration.ranges.block1_conv1 / 255;
    const [exact, int8] = results;
    let worst = 0;
    for (let y = 0; y < 64; y++)
      for (const x of [0, 1, 62, 63])
        for (let c = 0; c < 16; c++)
          worst = Math.max(worst, Math.abs(exact[(y * 64 + x) * 16 + c] - int8[(y * 64 + x) * 16 + c]));
    expect(worst / step).toBeLessThan(4);
  });

  it('gives the same features to the bit where convolutions are unfolded, for AMX', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 256, kernelSize: 3, padding: 'same', activation: 'relu', inputShape: [32, 32, 3] }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.conv2d({ filters: 300, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
        tf.layers.conv2d({ filters: 1040, kernelSize: 1, activation: 'relu' }),
        tf.layers.conv2d({ filters: 264, kernelSize: 1, activation: 'relu' }),
        tf.layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
      ],
    });
    const backbone = backboneOf(model, { preprocess: 'caffe' });
    const { ranges } = await calibrate(backbone, images);
    const pictures = { type: 'uint8' as const, data: await test.read(0, 32), dims: [32, 32, 32, 3] };
    const results: Float32Array[] = [];
    const weights: Buffer[][] = [[], []];
    for (const unfold of [false, true]) {
      const options = { imageSize: [32, 32] as const, input: backbone.input, unfold };
      const session = await openSession((write) =>
        backboneToInt8Onnx(model, ranges, options, (bytes) => {
          weights[Number(unfold)].push(Buffer.from(bytes));
          write(bytes);
        }),
      );
      results.push((await session.run({ images: pictures })).features.data);
      await session.close();
    }
    const [folded, unfolded] = results;
    expect(new Set(folded).size).toBeGreaterThan(100);
    expect(unfolded).toEqual(folded);
    // three of the five have their weights one lower; the others, with few weights in a channel, as they are
    const differ = weights[0].map((bytes, i) => !bytes.equals(weights[1][i]));
    expect(differ.filter(Boolean)).toHaveLength(3);
    model.dispose();
  });

  it('cuts ranges at a percentile of all values where asked to', async () => {
    const backbone = backboneOf(cutAt(mini, 'block1_conv1'));
    const [all, most] = [await calibrate(backbone, images), await calibrate(backbone, images, { percentile: 99.9 })];
    // the same, counted by hand: 32 images of 64 × 64 × 16 values
    const running = await openBackbone(backbone, { engine: 'onnx', imageSize: [32, 32] });
    const values = (await running.run(await images.read(0, 32), 32)).sort().reverse();
    await running.close();
    expect(all.ranges.block1_conv1).toBeCloseTo(values[0], 3);
    expect(most.ranges.block1_conv1).toBeCloseTo(values[Math.floor(values.length / 1000)], 3);
    expect(most.agreement).toBeGreaterThan(0.99);
    await expect(calibrate(backbone, images, { percentile: 50 })).rejects.toThrow(
      'calibrationPercentile: expected a number from 99 to 100; got 50',
    );
  });
});
