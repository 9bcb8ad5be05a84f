import { contentsOf, type Dataset } from '../data/dataset.ts';
import { inFloat32, precisionOf, rangesHash } from '../models/backbone.ts';
import { shortPath } from '../project.ts';
import { hashOf, sha256 } from '../storage/files/hash.ts';
import { isGone, openReader, type RowReader, type RowSet, versionsOf } from '../storage/rows/row-set.ts';
import { reopen } from '../storage/rows/row-writer.ts';
import { checkIndex, createFeatures, type FeatureOrigin, type Features } from './features.ts';
import { missingFrom, type Extraction } from './fill.ts';
import { computedBy } from './set.ts';

/** Makes features of rows on disk; a set that another process has merged meanwhile is opened again. */
export function storedFeatures(
  { backbone, folder, engine: name }: Extraction,
  set: RowSet,
  found: Int32Array,
  images: Dataset,
  facts: Pick<FeatureOrigin, 'engine' | 'cached' | 'seconds' | 'peakMemoryMiB'>,
): Features {
  let [open, positions] = [set, found];
  let reader: RowReader | undefined;
  const read = (indices: ArrayLike<number>): Float32Array =>
    (reader ??= openReader(open)).read(Int32Array.from(indices, (i) => positions[i]));
  const dtype = dtypesOf(set, found);
  const { input, int8, file } = backbone;
  return createFeatures({
    id: sha256(hashOf(['features 2', images.id, backbone.id, computedBy(backbone, name), dtype])),
    name: `${images.name}; ${String(backbone)}`,
    shape: [images.n, ...backbone.outputShape],
    labels: images.labels,
    classNames: images.classNames,
    views: 1,
    contents: () => contentsOf(images),
    readingAt: images.readingAt,
    versionsAt: (indices) =>
      versionsOf(
        open,
        Int32Array.from(indices, (i) => positions[i]),
      ),
    origin: {
      data: { name: images.name, n: images.n, id: images.id, imageSize: images.imageSize, fit: images.fit },
      backbone: {
        id: backbone.id,
        network: backbone.network,
        cut: backbone.cut,
        inputSize: input.size,
        interpolation: input.interpolation,
        preprocess: input.preprocess,
        precision: precisionOf(backbone),
        ...(file && { file: { sha256: file.sha256, pooling: file.end.pooling, ...(file.hub && { hub: file.hub }) } }),
        base: inFloat32(backbone).id,
        ...(int8 && { int8, calibration: rangesHash(int8) }),
        weights: backbone.weights,
      },
      runBy: name,
      dtype,
      folder,
      ...facts,
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- whoever reads need not know that a disk is fast
    async rows(indices) {
      for (let i = 0; i < indices.length; i++) checkIndex(indices[i], images.n);
      for (;;) {
        try {
          return read(indices);
        } catch (error) {
          if (!isGone(error)) throw error;
          reader?.close();
          reader = undefined;
          const now = reopen(set);
          const found = now.index.find(images.keys);
          if (missingFrom(found).length)
            throw new Error(`${shortPath(folder)}: features were removed while they were in use.`, { cause: error });
          [open, positions] = [now, found];
        }
      }
    },
    close() {
      reader?.close();
      reader = undefined;
    },
  });
}

/** Says what rows are kept as; pieces of float16 come first. */
function dtypesOf({ pieces }: RowSet, rows: Int32Array): string {
  const halves = pieces.reduce((sum, { dtype, n }) => sum + (dtype === 'float16' ? n : 0), 0);
  return [rows.some((row) => row < halves) && 'float16', rows.some((row) => row >= halves) && 'float32']
    .filter(Boolean)
    .join(' and ');
}
