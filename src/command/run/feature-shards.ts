import { defaultData } from '../../data/load.ts';
import { progressBar } from '../../host/progress.ts';
import { mergeShards } from '../../shards/feature-merge.ts';
import { leftOutText } from '../../shards/undecodable.ts';
import { computeShard } from '../../shards/feature-shard.ts';
import { type FeaturePlan, planFeatures } from '../../shards/feature-plan.ts';
import { readPlan } from '../../shards/plan.ts';
import { blocksOf, checkShard } from '../../shards/shard.ts';
import { defaultBackbone } from '../../backbones/load-backbone.ts';
import { openPlace } from '../../storage/places/place.ts';
import { mixedVersions } from '../../storage/rows/versions.ts';
import type { Result, Run, ValuesOf } from '../line/command.mjs';
import type { flags } from '../features.mjs';
import { asPlanned, fromAnywhere, lyingHere } from './open/as-planned.ts';
import { leavingOutDamaged } from './open/leaving-out-damaged.ts';
import { missingShards } from './print/missing-shards.ts';
import { extractOptions, networkOfFlags, openImages } from './open/open-features.ts';

type Values = ValuesOf<typeof flags>;

/** Runs a step of the work of many machines: a plan, a shard, or the merging of all. */
export const runShard: Run<typeof flags> = (values, context) => {
  const step = values.plan === 'new' ? plan : values.shard ? compute : merge;
  return step(values, context);
};

/** Flags that are not decided in a plan: where it is put, and how it is printed. */
const APART = ['plan', 'out', 'shards', 'cpu', 'block', 'cache'];

const plan: Run<typeof flags> = leavingOutDamaged(async (given, { signal }): Promise<Result> => {
  // what depends on this machine is settled here
  const named: Values = fromAnywhere({ ...given, data: given.data ?? defaultData(), split: given.split ?? 'all' });
  const { images, calibration, leftOut } = await openImages(named, signal);
  const values: Values = { ...named, backbone: given.backbone ?? defaultBackbone(images) };
  const place = await openPlace(values.out!);
  const made = await planFeatures(await networkOfFlags(values, images), images, place, {
    ...extractOptions(values, calibration, signal),
    shards: values.shards!,
    cpu: values.cpu,
    blockRows: values.block,
    asked: Object.fromEntries(Object.entries(values).filter(([name]) => !APART.includes(name))),
  });
  const { id, rows, set } = made;
  const json = {
    plan: id,
    place: place.uri,
    rows,
    shards: made.shards,
    blocks: blocksOf(made).length,
    set,
    dtype: made.dtype,
    precision: made.precision,
    leftOut,
  };
  const of = `${rows.toLocaleString('en-US')} images of ${made.data.name} in ${made.shards} shards, ${made.dtype}, ${made.precision}`;
  return { json, text: `plan ${id}: ${of}, in ${place.uri}` };
});

const compute: Run<typeof flags> = async (values, { signal }) => {
  const { out, plan: id, shard } = values;
  const place = await openPlace(out!);
  const planned = await readPlan<FeaturePlan>(place, id!, 'features');
  checkShard(shard!, planned.shards);
  const asked = { ...(planned.asked as Values), ...lyingHere(values) };
  const { images, network } = await asPlanned(planned, values, async () => {
    const { images: found } = await openImages(asked, signal);
    return { images: found, network: await networkOfFlags(asked, found) };
  });
  const done = await computeShard(network, images, place, planned, shard!, { progress: progressBar(), signal });
  const name = `${shard!.shard}/${shard!.of}`;
  const json = {
    plan: id,
    shard: name,
    ...done,
    peakMemoryMiB: process.resourceUsage().maxRSS / 1024 + done.peakMemoryMiB,
  };
  const without = done.undecodable ? `; ${done.undecodable} pictures cannot be decoded` : '';
  return {
    json,
    text: `shard ${name}: all ${done.rows.toLocaleString('en-US')} rows are there, ${done.computed.toLocaleString('en-US')} computed now${without}`,
  };
};

const merge: Run<typeof flags> = async ({ out, plan: id }, { signal }) => {
  const place = await openPlace(out!);
  const planned = await readPlan<FeaturePlan>(place, id!, 'features');
  const { rows, missing, damaged, merged, leftOut } = await mergeShards(place, planned, { signal });
  const lacking = missing.reduce((sum, { rows: own }) => sum + own, 0);
  const text = [
    ...damaged.map(({ shard, file, why }) => `${file} (shard ${shard}): ${why}; set aside, to be computed again`),
    ...missing.map(({ shard, rows: own }) => `shard ${shard}/${planned.shards}: ${own} rows are missing`),
    ...(merged
      ? [
          `${merged.rows.toLocaleString('en-US')} rows in ${merged.pieces.length} pieces, made by ${Object.keys(merged.cpus).join('; ')}`,
          ...(mixedVersions(merged.versions ?? []) ? [mixedVersions(merged.versions ?? [])] : []),
          ...(leftOut.length ? [leftOutText(leftOut)] : []),
          `${place.uri}/${merged.file}`,
        ]
      : []),
  ];
  return {
    json: { plan: id, rows, missing, damaged, leftOut, ...(merged && { merged }) },
    text: text.join('\n'),
    ...(missing.length && {
      failed: missingShards(missing, planned.shards, `${lacking} of ${rows} rows`),
    }),
  };
};
