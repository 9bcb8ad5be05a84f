import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveClassifier } from '../../src/classifier/save.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { backboneOf } from '../../src/models/backbone.ts';
import { buildNetwork } from '../../src/models/networks/build-network.ts';
import { loadLayers } from '../../src/models/load-layers.ts';
import { splitModel } from '../../src/models/split.ts';
import { cutAt, freeze, withHead } from '../../src/models/surgery.ts';
import { openBackbone } from '../../src/runtime/running.ts';
import { fit } from '../../src/training/fit.ts';
import { drawWeights } from '../references/drawn.ts';
import { relativeError } from '../references/read.ts';
import { tensorsInUse } from '../tensors.ts';
import { TINY } from './tiny-networks.ts';

const { train } = shapes10({ train: 40 });
let folder: string;

beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'layers-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a model as TensorFlow.js does, its weights in two files. */
async function save(
  model: tf.LayersModel,
  name: string,
  change: (json: Json) => Json = (json) => json,
): Promise<string> {
  const file = path.join(folder, name, 'model.json');
  mkdirSync(path.dirname(file), { recursive: true });
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      const bytes = Buffer.concat([artifacts.weightData!].flat().map((part) => Buffer.from(part)));
      const half = Math.floor(bytes.length / 2);
      writeFileSync(path.join(folder, name, 'a.bin'), bytes.subarray(0, half));
      writeFileSync(path.join(folder, name, 'b.bin'), bytes.subarray(half));
      const json: Json = {
        format: 'layers-model',
        modelTopology: artifacts.modelTopology,
        weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights: artifacts.weightSpecs! }],
      };
      writeFileSync(file, JSON.stringify(change(json)));
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    }),
  );
  return file;
}
interface Json {
  readonly format?: string;
  readonly modelTopology?: object;
  readonly weightsManifest?: readonly { paths: string[]; weights: readonly object[] }[];
}

function network(): tf.LayersModel {
  const model = buildNetwork(tf, 'mine', TINY.mobilenet_v2, { top: false, zero: true });
  drawWeights(model);
  return model;
}

describe('a layers model of TensorFlow.js', () => {
  it('gives what it gave before it was saved, in both engines, and trains like one of Graft’s', async () => {
    const model = network();
    const loaded = await loadLayers(await save(model, 'mobile'), { preprocess: 'tf' });
    expect(backboneOf(loaded).id).toBe(backboneOf(model, { preprocess: 'tf' }).id);
    const results: Float32Array[] = [];
    for (const engine of ['onnx', 'tensorflow'] as const) {
      const running = await openBackbone(backboneOf(loaded), { engine, imageSize: [32, 32] });
      results.push(await running.run(await train.read(0, 2), 2));
      await running.close();
    }
    expect(relativeError(results[0], results[1])).toBeLessThan(1e-4);
    const whole = withHead(freeze(cutAt(loaded, 'out_relu')), { classes: train.classNames });
    const parts = splitModel(whole);
    expect(String(parts.backbone)).toBe('mine to out_relu, float32');
    const extract = { cache: path.join(folder, 'features'), precision: 'float32' } as const;
    const { epochs } = await fit(parts, train, { epochs: 2, extract, progress: false });
    expect(epochs.length).toBe(2);
    await expect(saveClassifier(parts, path.join(folder, 'saved'))).rejects.toThrow(
      /saveClassifier: expected a backbone that is one of Graft's networks, vgg19, .*; "mine" is none/,
    );
  });

  it('may be a Sequential', async () => {
    const layers = [
      tf.layers.conv2d({ inputShape: [32, 32, 3], filters: 2, kernelSize: 3, name: 'c' }),
      tf.layers.globalAveragePooling2d({ name: 'g' }),
    ];
    const loaded = await loadLayers(await save(tf.sequential({ layers }), 'sequential'));
    expect(loaded.layers.map((layer) => layer.getClassName())).toEqual([
      'InputLayer',
      'Conv2D',
      'GlobalAveragePooling2D',
    ]);
    expect(backboneOf(loaded)).toMatchObject({ cut: 'g', input: { size: 32, preprocess: 'none' } });
  });

  it('is refused with what is wrong with its files', async () => {
    const model = network();
    const before = await tensorsInUse();
    const refused = async (name: string, change: (json: Json) => Json, why: RegExp): Promise<void> => {
      const file = await save(model, name, change);
      await expect(loadLayers(file)).rejects.toThrow(why);
    };
    const paths =
      (...names: string[]) =>
      (json: Json): Json => ({
        ...json,
        weightsManifest: [{ ...json.weightsManifest![0], paths: names }],
      });
    await expect(loadLayers(path.join(folder, 'none.json'))).rejects.toThrow(
      /none\.json: expected a model\.json of TensorFlow\.js; it cannot be read \(ENOENT\)/,
    );
    await refused('graph', (json) => ({ ...json, format: 'graph-model' }), /it is a graph model, which has no layers/);
    await refused('empty', () => ({}), /it has no "modelTopology"/);
    await refused('bare', ({ modelTopology }) => ({ modelTopology }), /it has no "weightsManifest"/);
    await refused('out', paths('../a.bin'), /names weights outside of its folder: "\.\.\/a\.bin"/);
    await refused('root', paths('/etc/passwd'), /names weights outside of its folder/);
    await refused(
      'missing',
      paths('c.bin'),
      /c\.bin: expected the weights of a layers model; it cannot be read \(ENOENT\)/,
    );
    await refused('half', paths('a.bin'), /needs \d+ bytes of weights, and its files hold \d+: they are damaged/);
    const unknown = (json: Json): Json =>
      JSON.parse(JSON.stringify(json).replace('"DepthwiseConv2D"', '"Unheard"')) as Json;
    await refused('unknown', unknown, /TensorFlow\.js cannot build this model: Unknown layer: Unheard/);
    const file = await save(model, 'page');
    writeFileSync(file, '<!doctype html>');
    await expect(loadLayers(file)).rejects.toThrow(/it is a web page/);
    writeFileSync(file, readFileSync(file, 'utf8').slice(1, 9));
    await expect(loadLayers(file)).rejects.toThrow(/it is no JSON/);
    await expect(loadLayers(file, { preprocess: 'keras' as never })).rejects.toThrow(
      /preprocess: expected one of caffe, tf/,
    );
    expect(await tensorsInUse()).toBe(before);
  });
});
