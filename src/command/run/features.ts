import { take } from '../../data/dataset.ts';
import { subset } from '../../data/subset.ts';
import { extractFeatures } from '../../features/extract.ts';
import { type Features, shapeText } from '../../features/features.ts';
import { progressBar } from '../../host/progress.ts';
import { shortPath } from '../../project.ts';
import { CALIBRATED, HELD_OUT } from '../../runtime/calibrate.ts';
import { defaultBackbone, loadBackbone } from '../../runtime/load-backbone.ts';
import { writeNpy } from '../../storage/npy-file.ts';
import { makeFolderOf } from '../../storage/replace-file.ts';
import type { Run } from '../command.mjs';
import type { flags } from '../features.mjs';
import { UsageError } from '../usage-error.mjs';
import { leavingOutDamaged } from './leaving-out-damaged.ts';
import { load } from './load.ts';

export const run: Run<typeof flags> = leavingOutDamaged(async (values, { signal }) => {
  const { split = 'train', limit, size, seed, out, kernel, preprocess, engine, cache } = values;
  // exact unless asked otherwise: the file may go anywhere
  const { precision = 'float32', dtype = 'float32' } = values;
  const splits = await load(values, signal);
  const all = splits[split];
  for (const [flag, n] of Object.entries({ limit, size })) {
    if (n && n > all.n)
      throw new UsageError(`--${flag}: expected a whole number from 1 to ${all.n} (${all.name}); got ${n}.`);
  }
  if (out) makeFolderOf(out);
  const images = size ? subset(all, { size, seed }) : limit ? take(all, limit) : all;
  const backbone = await loadBackbone(values.backbone ?? defaultBackbone(images), {
    cut: values.cut,
    pooling: values.pooling,
    cutLayout: values['cut-layout'],
    size: values['input-size'],
    layout: values.layout,
    interpolation: kernel,
    preprocess,
  });
  const features = await extractFeatures(backbone, images, {
    interpolation: kernel,
    preprocess,
    engine,
    precision,
    // whatever is extracted, test images decide nothing
    calibration: subset(splits.train, { size: Math.min(CALIBRATED + HELD_OUT, splits.train.n), seed }),
    dtype,
    cache,
    batchSize: values['batch-size'],
    progress: progressBar(),
    signal,
  });
  if (out) await saveRows(features, out, signal);
  features.close();
  const { folder, cached, seconds, engine: ran, peakMemoryMiB } = features.origin!;
  const json = {
    shape: features.shape,
    file: out ?? folder,
    images: images.name,
    cached,
    seconds,
    engine: ran,
    peakMemoryMiB: process.resourceUsage().maxRSS / 1024 + peakMemoryMiB,
  };
  return { json, text: `features ${shapeText(features.shape)} of ${images.name}: ${shortPath(json.file)}` };
});

/** Values read at once: 32 MiB of float32. */
const BLOCK = 8 << 20;

/** Writes just the rows asked for, in their order, to one .npy file. */
function saveRows(features: Features, file: string, signal: AbortSignal): Promise<void> {
  const { shape, origin } = features;
  const [n, ...row] = shape;
  const step = Math.max(1, Math.floor(BLOCK / row.reduce((a, b) => a * b, 1)));
  const blocks = async function* (): AsyncGenerator<Float32Array> {
    for (let from = 0; from < n; from += step) {
      signal.throwIfAborted();
      yield await features.rows(Array.from({ length: Math.min(step, n - from) }, (_, i) => from + i));
    }
  };
  return writeNpy(file, { shape, dtype: origin?.dtype === 'float16' ? 'float16' : 'float32' }, blocks());
}
