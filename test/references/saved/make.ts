/**
 * Writes one of everything that Graft saves into a folder named after the commit that saved it, and beside them what
 * they gave then (`expected.json`). `test/saved.test.ts` reads every folder with the code of today. A commit that
 * changes what is saved adds a folder; a folder that is there stays as it is.
 *
 *     node --import tsx test/references/saved/make.ts test/references/saved/COMMIT
 *
 * An older commit runs it from a checkout of its own, with this file and `work.ts` copied into it. Paths of weights are
 * written down as they are, so the checkout stood at /mnt (`unshare --mount`, `mount --bind`).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { CHECKPOINT, digits, GRID, LAYERS, layersModel, mostProbable, ONNX, pictures, SWEEP_FILE } from './work.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const out = path.resolve(process.argv[2]);
const graft = (await import(
  pathToFileURL(path.join(ROOT, 'src/index.ts')).href
)) as typeof import('../../../src/index.ts');
const into = (...names: string[]): string => path.join(out, ...names);
const aside = mkdtempSync(path.join(os.tmpdir(), 'saved-'));

mkdirSync(into('layers-model'), { recursive: true });
await graft.useTensorFlow();
const { train, test } = pictures(graft);
const options = { engine: 'onnx', precision: 'float32', cache: into('features'), progress: false } as const;

// a classifier of layers, and the features of its pictures
const whole = await graft.vgg19Mini({ ...LAYERS.network, top: false });
const model = graft.withHead(graft.freeze(graft.cutAt(whole, LAYERS.cut)), { classes: train.classNames });
const { backbone, head } = graft.split(model);
const rows = await graft.extractFeatures(backbone, { train, test }, { ...options, dtype: 'float16' });
await graft.fit(head, rows.train, { ...LAYERS.fit, progress: false });
await graft.scaleTemperature(head, rows.test);
const layers = graft.classifierOf({ backbone: graft.backboneOf(backbone), head });
await graft.saveClassifier(layers, into('classifier-of-layers'));
const classifierOfLayers = mostProbable(await graft.predict(layers, test, { engine: 'onnx' }));

// a training that was cut off, and what an undisturbed one comes to
const begun = (): tf.LayersModel => graft.buildHead([1, 1, 128], CHECKPOINT.head);
const stop = new AbortController();
await graft.fit(begun(), rows.train, {
  ...CHECKPOINT.fit,
  checkpoint: into('checkpoint.bin'),
  progress: false,
  signal: stop.signal,
  onEpoch: ({ epoch }) => void (epoch === CHECKPOINT.stopAfter && stop.abort()),
});
const { epochs } = await graft.fit(begun(), rows.train, { ...CHECKPOINT.fit, progress: false });

// a sweep, and its file
const { runs } = await graft.sweep(GRID, rows, { folder: into('sweeps'), progress: false });
writeFileSync(into('sweep.json'), JSON.stringify(SWEEP_FILE));

// a classifier of an ONNX file with all that belongs to it, and the run that made it
const trained = await graft.trainClassifier({
  ...options,
  ...ONNX.run,
  data: { train, test },
  backbone: path.join(ROOT, ONNX.file) as `${string}.onnx`,
  cache: path.join(aside, 'features'),
  runs: into('runs'),
});
await graft.saveClassifier(trained.classifier, into('classifier-of-onnx'), { includeBackbone: true });

// the folder for the hub, which is a classifier too; earlier commits wrote none
if ('exportClassifier' in graft)
  await graft.exportClassifier(trained.classifier, { to: 'hub', out: into('classifier-in-hub') });

// a model of TensorFlow.js
const own = layersModel();
await own.save(
  tf.io.withSaveHandler(({ modelTopology, weightSpecs, weightData }) => {
    const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
    const json = { format: 'layers-model', modelTopology, weightsManifest };
    writeFileSync(into('layers-model', 'model.json'), JSON.stringify(json));
    writeFileSync(into('layers-model', 'weights.bin'), Buffer.from(weightData as ArrayBuffer));
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
  }),
);

const expected = {
  classifierOfLayers,
  classifierOfOnnx: mostProbable(await graft.predict(trained.classifier, test, { engine: 'onnx' })),
  features: digits(await rows.test.rows([0, 9])),
  checkpoint: epochs.map(({ loss }) => Number(loss.toPrecision(7))),
  sweep: runs.map(({ setting, accuracy, right }) => ({ setting, accuracy, right: [...right] })),
  run: { id: trained.run.id, accuracy: trained.run.test.accuracy, history: trained.run.history.epochs.length },
  layersModel: digits(tf.tidy(() => (own.predict(tf.ones([1, 8, 8, 3])) as tf.Tensor).dataSync())),
};
writeFileSync(into('expected.json'), JSON.stringify(expected));
rmSync(aside, { recursive: true });
process.exit(0); // engines stay open for the next call
