import { lostInAll } from '../../cluster/failures.ts';
import { onCluster } from '../../cluster/on-cluster.ts';
import { progressBar } from '../../host/progress.ts';
import type { sweepFlags } from '../cluster.mjs';
import type { Run } from '../line/command.mjs';

export const run: Run<typeof sweepFlags> = async (values, { operands: [grid], signal }) => {
  const { ray = 'auto', shards, cpus, gpus, retries, wait, project, out, ...job } = values;
  const given = { ray, shards, cpus, gpus, retries, wait, project, progress: progressBar('runs'), signal };
  const json = await onCluster('sweep', { ...job, grid, out: out! }, given);
  const table = `graft sweep --out ${json.place} --plan ${json.plan} --merge`;
  return {
    json,
    text: `${json.runs!.length} runs: ${json.place}/${json.merged.file}; \`${table}\` prints the table${lostInAll(json.lost)}`,
  };
};
