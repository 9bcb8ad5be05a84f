import { onCluster } from '../../cluster/on-cluster.ts';
import { progressBar } from '../../host/progress.ts';
import type { flags } from '../cluster.mjs';
import type { Run } from '../command.mjs';

export const run: Run<typeof flags> = async (values, { signal }) => {
  const { ray = 'auto', shards, cpus, gpus, retries, project, out, ...job } = values;
  const json = await onCluster(
    'features',
    { ...job, out: out! },
    { ray, shards, cpus, gpus, retries, project, progress: progressBar(), signal },
  );
  const { place, rows, merged } = json;
  return { json, text: `features of ${rows.toLocaleString('en-US')} images: ${place}/${merged.file}` };
};
