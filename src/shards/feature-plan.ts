import type * as tf from '@tensorflow/tfjs';
import { asNetworkTakes, type Dataset } from '../data/dataset.ts';
import { asHalves, readingOrder } from '../features/compute.ts';
import { decide, type ExtractOptions } from '../features/extract.ts';
import type { FeatureOrigin } from '../features/features.ts';
import { describeSet, setName } from '../features/set.ts';
import { type Backbone, type BackboneInput, type Bfloat16, type Calibration, inFloat32 } from '../models/backbone.ts';
import { CALIBRATED, HELD_OUT } from '../runtime/calibrate.ts';
import { borrowBackbone } from '../runtime/pool.ts';
import { calibrationKey } from '../runtime/precision.ts';
import type { EngineName } from '../runtime/running.ts';
import { calibrationFile } from '../runtime/calibrations.ts';
import { sha256 } from '../storage/files/hash.ts';
import { KEY_BYTES } from '../storage/rows/keys.ts';
import type { Dtype } from '../storage/rows/npy.ts';
import { rowBytes } from '../storage/rows/piece.ts';
import type { Place } from '../storage/places/place.ts';
import { sealed } from '../storage/files/sealed-json.ts';
import { type StoredPlan, type PlanBase, planBase, putPlan, type SharingOptions } from './plan.ts';
import { checkShards, type ShardSizes } from './shard.ts';

/** Everything that all shards of a set of features share, decided once. */
export interface FeaturePlan extends PlanBase, ShardSizes {
  readonly kind: 'features';
  readonly data: FeatureOrigin['data'];
  /** Names the file of the pictures' keys in their order, which lies beside the plan (SHA-256, hexadecimal). */
  readonly keys: string;
  readonly backbone: {
    readonly id: string;
    /** The backbone's id in float32. */
    readonly base: string;
    readonly network: string;
    readonly cut: string;
    readonly input: BackboneInput;
    readonly outputShape: readonly number[];
    readonly weights: { readonly file: string; readonly bytes: number } | null;
    /** The ranges for 8 bits. */
    readonly int8?: Calibration;
    readonly bfloat16?: Bfloat16;
  };
  readonly engine: EngineName;
  readonly precision: string;
  readonly dtype: Dtype;
  /** The folder of the set, below the place. */
  readonly set: string;
}

export interface PlanFeaturesOptions
  extends
    SharingOptions,
    Pick<
      ExtractOptions,
      | 'interpolation'
      | 'preprocess'
      | 'engine'
      | 'precision'
      | 'calibration'
      | 'calibrationPercentile'
      | 'dtype'
      | 'batchSize'
      | 'cache'
      | 'progress'
      | 'signal'
    > {
  /**
   * The most rows of a piece, which a kill can cost. @default 512, or as many as 32 MiB hold, or an eighth of a shard
   */
  readonly blockRows?: number;
}

/** The most rows and bytes of a piece, unless a batch is larger. */
const [BLOCK_ROWS, BLOCK_BYTES] = [512, 32 << 20];

/** Names the file with the keys of a plan's pictures, [rows, 16] uint8. */
export const keysFile = (keys: string): string => `plans/${keys.slice(0, 24)}.keys`;

/**
 * Decides everything that all shards of a set of features share (engine, precision with the calibration, dtype, the
 * order of pictures, how they are divided) and puts it at a place.
 * @param given the network, as for `extractFeatures`
 * @returns the plan; the same one for the same arguments
 */
export async function planFeatures(
  given: tf.LayersModel | Backbone,
  all: Dataset,
  place: Place,
  options: PlanFeaturesOptions,
): Promise<StoredPlan<FeaturePlan>> {
  const { shards, calibration = all } = options;
  checkShards(shards);
  const { backbone, engine, batchSize, dtype, precisionText } = await decide(given, calibration, options);
  const images = asNetworkTakes(all, backbone.input);
  const keys = images.keysAt(
    readingOrder(
      Array.from({ length: images.n }, (_, i) => i),
      images,
    ),
  );
  const kept = dtype === 'auto' ? await dtypeThatHolds(backbone, engine, calibration) : dtype;
  const { id, network, cut, input, outputShape, weights, int8, bfloat16 } = backbone;
  const plan: FeaturePlan = {
    ...(await planBase(engine, options)),
    kind: 'features',
    data: { name: images.name, n: images.n, id: images.id, imageSize: images.imageSize, fit: images.fit },
    rows: keys.length / KEY_BYTES,
    keys: sha256(keys),
    backbone: {
      id,
      base: inFloat32(backbone).id,
      network,
      cut,
      input,
      outputShape,
      weights,
      int8,
      ...(bfloat16 && { bfloat16 }),
    },
    engine,
    precision: precisionText,
    dtype: kept,
    batchSize,
    blockRows: rowsOfBlock(options.blockRows, {
      batchSize,
      bytes: rowBytes(outputShape, kept),
      perShard: keys.length / KEY_BYTES / shards,
    }),
    set: setName(backbone, engine),
  };
  await place.putIfAbsent(keysFile(plan.keys), keys);
  await place.putIfAbsent(`${plan.set}/manifest.json`, Buffer.from(sealed(describeSet(backbone, engine))));
  if (int8 && backbone.model) {
    // where later runs look for it
    const file = calibrationFile(calibrationKey(inFloat32(backbone), options.calibrationPercentile), int8);
    await place.putIfAbsent(file.name, Buffer.from(sealed(file.content)));
  }
  return putPlan(place, plan);
}

/** Gives a block's rows, a whole number of batches; if no number is asked for, at most an eighth of a shard. */
function rowsOfBlock(
  asked: number | undefined,
  { batchSize, bytes, perShard }: { readonly batchSize: number; readonly bytes: number; readonly perShard: number },
): number {
  if (asked !== undefined && (!Number.isInteger(asked) || asked < 1))
    throw new RangeError(`block: expected a whole number from 1; got ${asked}.`);
  const rows = asked ?? Math.min(BLOCK_ROWS, BLOCK_BYTES / bytes, perShard / 8);
  return Math.max(1, Math.floor(rows / batchSize)) * batchSize;
}

/** Gives float16 if it can hold the features of as many images as are used to calibrate, else float32. */
async function dtypeThatHolds(backbone: Backbone, engine: EngineName, all: Dataset): Promise<Dtype> {
  const images = asNetworkTakes(all, backbone.input);
  const running = await borrowBackbone(backbone, { engine, imageSize: images.imageSize });
  try {
    for (let i = 0; i < Math.min(images.n, CALIBRATED + HELD_OUT); i++) {
      const rows = await running.run(await images.read(i, i + 1), 1);
      if (!asHalves(rows, 1).hold) return 'float32';
    }
    return 'float16';
  } finally {
    await running.close();
  }
}
