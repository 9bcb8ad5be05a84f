import type { Dataset } from '../../data/dataset.ts';
import { extractFeatures } from '../../features/extract.ts';
import { type Features, shapeText } from '../../features/features.ts';
import { shortPath } from '../../project.ts';
import { writeCsv } from '../../storage/files/write-csv.ts';
import { writeNpy } from '../../storage/rows/npy-file.ts';
import { makeFolderOf } from '../../storage/files/replace-file.ts';
import { mixedVersions } from '../../storage/rows/versions.ts';
import type { Run } from '../line/command.mjs';
import type { flags } from '../features.mjs';
import { runShard } from './feature-shards.ts';
import { leavingOutDamaged } from './open/leaving-out-damaged.ts';
import { extractOptions, networkOfFlags, openImages } from './open/open-features.ts';

/** Runs on one machine, or does a part of many machines' work. */
export const run: Run<typeof flags> = (values, context) =>
  values.plan === undefined ? extract(values, context) : runShard(values, context);

const extract: Run<typeof flags> = leavingOutDamaged(async (values, { signal }) => {
  const { out } = values;
  const { images, calibration } = await openImages(values, signal);
  if (out) makeFolderOf(out);
  const backbone = await networkOfFlags(values, images);
  const features = await extractFeatures(backbone, images, extractOptions(values, calibration, signal));
  const labels = out && `${out.replace(/\.npy$/i, '')}.csv`;
  if (out && labels) {
    await saveRows(features, out, signal);
    await writeCsv(labels, labelsOf(images));
  }
  features.close();
  const { folder, cached, seconds, engine: ran, versions, peakMemoryMiB } = features.origin!;
  const json = {
    shape: features.shape,
    file: out ?? folder,
    ...(labels && { labels }),
    images: images.name,
    cached,
    seconds,
    engine: ran,
    versions,
    peakMemoryMiB: process.resourceUsage().maxRSS / 1024 + peakMemoryMiB,
  };
  return {
    json,
    text: [
      `features ${shapeText(features.shape)} of ${images.name}: ${shortPath(json.file)}${labels ? `; their labels: ${shortPath(labels)}` : ''}`,
      mixedVersions(versions),
    ]
      .filter(Boolean)
      .join('\n'),
  };
});

/** Gives a row for each row of the features, with the picture's file and class. */
// eslint-disable-next-line @typescript-eslint/require-await
async function* labelsOf({ labels, classNames, fileAt }: Dataset): AsyncGenerator<(string | number)[]> {
  yield ['row', 'file', 'label', 'class'];
  for (const [row, label] of labels.entries()) yield [row, fileAt?.(row) ?? '', label, classNames[label]];
}

/** How many values are read at once: 32 MiB of float32. */
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
