import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { SHARD, startRay } from '../../src/bench/cluster/ray-nodes.ts';
import { session } from '../kernel/session.ts';
import { LONG } from './scale.ts';

it.runIf(LONG)(
  'a cell drives a cluster: its bar counts the rows of all nodes, Stop ends the shards, it goes on',
  async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'cluster-notebook-'));
    const ray = await startRay({ nodes: 2 });
    try {
      const flags = { data: 'cifar10-sample', limit: 960, backbone: 'vgg19-mini', cut: 'block5_pool', out: folder };
      const run = `const made = await onCluster('features', ${JSON.stringify(flags)}, { ray: '${ray.address}', shards: 4 });
console.log(made.rows);`;
      const { results } = await session(
        [
          { run: "import { onCluster } from 'graft-ml/cluster';" },
          { run, interrupt: [String.raw`\b[1-9]\d* of 960 images`] },
          { run },
        ],
        { env: ray.env as Record<string, string> },
      );
      const [, stopped, made] = results;
      expect(stopped.error?.ename).toBe('Interrupted');
      expect(ray.processes(SHARD)).toEqual([]);
      expect(made).toMatchObject({ text: '960\n', error: null });
      expect(made.display.at(-1)).toMatch(/960 images.*4 of 4 shards/);
    } finally {
      await ray.close();
      rmSync(folder, { recursive: true });
    }
  },
);
