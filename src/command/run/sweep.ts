import type { SweepFile } from '../../experiments/sweep-file.ts';
import { openSweepData, type SweepSource } from '../../experiments/sweep-data.ts';
import {
  type FailedRun,
  runAll,
  type SweepData,
  type SweepResult,
  sweepBasis,
  combinations,
} from '../../experiments/sweep.ts';
import { progressBar } from '../../host/progress.ts';
import { readPlan } from '../../shards/plan.ts';
import { checkShard } from '../../shards/shard.ts';
import { mergeSweep } from '../../shards/sweep-merge.ts';
import { runSweepShard } from '../../shards/sweep-shard.ts';
import { planSweep, RUNS_FOLDER, type SweepPlan } from '../../shards/sweep-plan.ts';
import { openPlace } from '../../storage/places/place.ts';
import { hashOf } from '../../storage/files/hash.ts';
import type { Context, Run, ValuesOf } from '../line/command.mjs';
import type { flags } from '../sweep.mjs';
import { asPlanned, fromAnywhere, lyingHere } from './open/as-planned.ts';
import { leavingOutDamaged } from './open/leaving-out-damaged.ts';
import { sweepFile, sweepOf } from './open/sweep-of.ts';
import { missingShards } from './print/missing-shards.ts';
import { bestTrainLine } from './print/train-line.ts';
import { sweepLines, sweepJson } from './print/sweep-lines.ts';

type Values = ValuesOf<typeof flags>;

export const run: Run<typeof flags> = leavingOutDamaged((values, context) => {
  const { plan: id, shard } = values;
  const step = id === undefined ? alone : id === 'new' ? plan : shard ? train : merge;
  return step(values, context);
});

/** Does all of it on one machine. */
const alone: Run<typeof flags> = async (values, context) => {
  const file = await sweepOf(values, context);
  const place = await openPlace(values.out ?? 'runs');
  const { data, source } = await open(file, values, context);
  const { runs, failed } = await runAll(combinations(file.grid), data, place, {
    prefix: RUNS_FOLDER,
    progress: progressBar('runs'),
    signal: context.signal,
  });
  close(data);
  const result: SweepResult = { kind: 'sweep', runs, failed, basis: sweepBasis(data) };
  return {
    ...printed(result, fromAnywhere(source)),
    failed: failedText(failed),
    refused: failed.some(({ refused }) => refused),
  };
};

const plan: Run<typeof flags> = async (values, context) => {
  const file = await sweepOf(values, context);
  const place = await openPlace(values.out!);
  const cache = values.cache ?? file.cache;
  const { data, source } = await open(file, withCache({ ...values, cache }), context);
  close(data);
  const asked = fromAnywhere({ ...source, cache });
  const made = await planSweep(file.grid, data, place, { shards: values.shards!, cpu: values.cpu, asked });
  const { id, runs, shards, basis } = made;
  return {
    json: { plan: id, place: place.uri, runs, shards, basis },
    text: `plan ${id}: ${runs} runs in ${shards} shards, in ${place.uri}; ${basis}`,
  };
};

const train: Run<typeof flags> = async (values, context) => {
  const place = await openPlace(values.out!);
  const planned = await readPlan<SweepPlan>(place, values.plan!, 'sweep');
  checkShard(values.shard!, planned.shards);
  await checkGrid(context, planned);
  const { cache, ...source } = planned.asked as SweepSource;
  const here = withCache({ ...values, cache: values.cache ?? cache });
  const { data } = await asPlanned(planned, values, () => open({ ...source, grid: planned.grid }, here, context));
  const done = await runSweepShard(data, place, planned, values.shard!, {
    progress: progressBar('runs'),
    signal: context.signal,
  });
  close(data);
  const shard = `${values.shard!.shard}/${values.shard!.of}`;
  return {
    json: { plan: planned.id, shard, ...done },
    text: `shard ${shard}: ${done.found + done.computed} of ${done.runs} runs are there, ${done.computed} trained now`,
    failed: failedText(done.failed),
  };
};

const merge: Run<typeof flags> = async (values, context) => {
  const place = await openPlace(values.out!);
  const planned = await readPlan<SweepPlan>(place, values.plan!, 'sweep');
  await checkGrid(context, planned);
  const { missing, damaged, merged, result } = await mergeSweep(place, planned);
  const all = printed(result, planned.asked);
  const text = [
    ...damaged.map(({ shard, file, why }) => `${file} (shard ${shard}): ${why} Removed, to be trained again.`),
    ...missing.map(({ shard, runs }) => `shard ${shard}/${planned.shards}: ${runs} runs are missing`),
    ...(merged ? [all.text] : []),
  ];
  const lacking = missing.reduce((sum, { runs }) => sum + runs, 0);
  return {
    json: { plan: planned.id, missing, damaged, ...(merged && { merged }), ...all.json },
    text: text.join('\n'),
    ...(lacking && {
      failed: missingShards(missing, planned.shards, `${lacking} of ${planned.runs} runs`),
    }),
  };
};

/** Prints a sweep, with the line that makes its best run again. */
function printed(result: SweepResult, source: SweepSource): { readonly json: object; readonly text: string } {
  const line = bestTrainLine(result, source);
  return {
    json: { ...sweepJson(result), ...(line && { train: line }) },
    text: [...sweepLines(result), ...(line ? [`the best by validation: ${line}`] : [])].join('\n'),
  };
}

/** Checks that a file that is named beside a plan is the plan's. */
async function checkGrid(context: Context, { id, grid }: SweepPlan & { readonly id: string }): Promise<void> {
  if (!context.operands.length) return;
  const file = await sweepFile(context);
  if (hashOf(file.grid) !== hashOf(grid))
    throw new Error(
      `plan ${id}: expected the grid ${JSON.stringify(grid)}; ${context.operands[0]} has ${JSON.stringify(file.grid)}. ` +
        'Leave the file out, or make another plan with --plan.',
    );
}

async function open(
  { grid: _, ...source }: SweepFile,
  values: Values,
  { signal }: Context,
): ReturnType<typeof openSweepData> {
  const opened = await openSweepData(
    {
      ...source,
      ...(lyingHere(values) as Pick<SweepSource, 'data' | 'root' | 'backbone'>),
      cache: values.cache ?? source.cache,
    },
    { progress: progressBar(), signal },
  );
  if (opened.compared) process.stderr.write(`${String(opened.compared)}\n`);
  return opened;
}

/** Sets the cache: where many machines share runs, they share features too. */
const withCache = (values: Values): Values => ({ ...values, cache: values.cache ?? values.out });

function close({ train, validation, test }: SweepData): void {
  for (const one of [train, validation, test]) one?.close();
}

const failedText = (failed: readonly FailedRun[]): string | undefined =>
  failed.length ? `${failed.length} runs failed: ${failed[0].error}` : undefined;
