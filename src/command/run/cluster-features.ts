import { lostInAll } from '../../cluster/failures.ts';
import { onCluster } from '../../cluster/on-cluster.ts';
import { progressBar } from '../../host/progress.ts';
import { leftOutText } from '../../shards/undecodable.ts';
import type { featuresFlags } from '../cluster.mjs';
import type { Run } from '../line/command.mjs';

export const run: Run<typeof featuresFlags> = async (values, { signal }) => {
  const { ray = 'auto', shards, cpus, gpus, retries, wait, project, out, ...job } = values;
  const given = { ray, shards, cpus, gpus, retries, wait, project, progress: progressBar(), signal };
  const json = await onCluster('features', { ...job, out: out! }, given);
  const { leftOut = [] } = json;
  const lines = [
    ...(leftOut.length ? [leftOutText(leftOut)] : []),
    `features of ${(json.rows! - leftOut.length).toLocaleString('en-US')} images: ${json.place}/${json.merged.file}${lostInAll(json.lost)}`,
  ];
  return { json, text: lines.join('\n') };
};
