import { defaultData, loadData } from '../data/load.ts';
import type { PhotosOptions } from '../data/photos.ts';
import { sample, type SampleOptions } from '../data/subset.ts';
import { extractFeatures, type ExtractOptions } from '../features/extract.ts';
import type { Pooling } from '../models/file-backbone.ts';
import { chooseEngine } from '../runtime/running.ts';
import { type BackboneName, defaultBackbone, loadBackbone } from '../backbones/load-backbone.ts';
import type { SweepData } from './sweep.ts';

/** What a sweep works on: pictures and the network that makes features of them. */
export interface SweepSource
  extends
    SampleOptions,
    Pick<PhotosOptions, 'path' | 'label' | 'root' | 'classFolders' | 'resize' | 'testShare'>,
    Pick<ExtractOptions, 'interpolation' | 'preprocess' | 'engine' | 'precision' | 'dtype'> {
  /** A data set by name, or where one's own photos lie. @default cifar10 where it is found, else cifar10-sample */
  readonly data?: string;
  /** A network by name, or an ONNX file. @default as `graft train` has it */
  readonly backbone?: string;
  readonly cut?: string;
  /** Of an ONNX file. */
  readonly pooling?: Pooling;
  /** Height and width of the network's input, in pixels. @default the network's own */
  readonly inputSize?: number;
}

/**
 * Opens what a sweep works on: draws its pictures, and takes their features from where they are kept, or computes them.
 * @returns the features, and the source with what was decided here: data, network, engine, precision
 */
export async function openSweepData(
  source: SweepSource,
  options: Pick<ExtractOptions, 'cache' | 'progress' | 'signal'> = {},
): Promise<{ readonly data: SweepData; readonly source: SweepSource }> {
  const {
    data: named = defaultData(),
    path,
    label,
    root,
    classFolders,
    resize,
    testShare,
    seed,
    train,
    validation,
    test,
  } = source;
  const { progress, signal } = options;
  const splits = await loadData(named, { path, label, root, classFolders, resize, testShare, seed, progress, signal });
  const images = sample(splits, { seed, train, validation, test });
  const { cut, pooling, inputSize, interpolation, preprocess, precision, dtype } = source;
  const backbone = (source.backbone ?? defaultBackbone(images.train)) as BackboneName;
  const network = await loadBackbone(backbone, { cut, pooling, size: inputSize, interpolation, preprocess });
  const engine = await chooseEngine(source.engine, 'kind' in network ? network : undefined);
  const data = await extractFeatures(
    network,
    { train: images.train, validation: images.validation, test: images.test },
    { interpolation, preprocess, engine, precision, dtype, ...options },
  );
  // of an ONNX file the precision is its own
  const { file, precision: ran } = data.train.origin!.backbone;
  const decided = file ? {} : { precision: ran as SweepSource['precision'] };
  return { data, source: { ...source, data: named, backbone, engine, ...decided } };
}
