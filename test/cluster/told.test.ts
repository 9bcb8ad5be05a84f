import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { failureText, tryText } from '../../src/cluster/failures.ts';
import { onCluster } from '../../src/cluster/on-cluster.ts';
import { checkCluster } from '../../src/cluster/ray-driver.ts';

const usage =
  'graft features: --data: expected a folder that is there; got "photos".\nusage: graft features [--data NAME|FOLDER]\n';
const failed = { shard: 2, node: 'a (10.0.0.1)', code: 2, log: usage };

it('the line that stays of a failed try says why, not how a command is used', () => {
  expect(tryText(failed)).toBe(
    'shard 2 failed on a (10.0.0.1), exit code 2: graft features: --data: expected a folder that is there; got "photos".',
  );
});

it('that others are done is said where there are others', () => {
  expect(failureText([failed], 2)).toContain('shard 2 of 2 failed; the others are done and kept: once');
  expect(failureText([{ ...failed, shard: 1 }, failed], 2)).toContain('shards 1, 2 of 2 failed; none is done: once');
});

it('whose variables count is said where a node lacks them', () => {
  const log =
    'graft features: s3://b/x cannot be listed: no region is known. Set AWS_REGION, or region in ~/.aws/config.';
  expect(failureText([{ ...failed, log }], 2)).toContain(
    'AWS_… are those of each node: of its own `ray start`, not of this shell.',
  );
  expect(failureText([failed], 2)).not.toContain('AWS_');
});

it.each([
  { log: 's3://b cannot be listed: no credentials: Could not load credentials.', final: true },
  { log: 's3://b cannot be listed: no region is known. Set AWS_REGION', final: true },
  { log: 's3://b cannot be listed: there is no bucket "b" at AWS.', final: true },
  { log: 's3://b cannot be written: not allowed (403 AccessDenied): the credentials are no good', final: true },
  { log: 's3://b cannot be written: http://x does not answer (ECONNREFUSED, 9 attempts).', final: false },
  { log: 'plan 0: expected Graft 0.1.0; this machine has 0.0.9.', final: false }, // another node may have it
])('$log is tried again: not $final', ({ log, final }) => {
  expect(driver('bool(re.search(driver.FINAL, given))', log)).toBe(final);
});

it.each([
  { label: 'shard 3/8, vgg16 to fc2', unit: 'images', rows: true },
  { label: 'sweep', unit: 'runs', rows: true },
  { label: 'looking at photos', unit: 'files', rows: false },
  { label: 'calibrating vgg16 in 8 bits', unit: 'images', rows: false },
  { label: 'vgg16 to fc2, float32, photos train', unit: 'images', rows: false },
])('progress of "$label" in $unit counts as rows of a shard: $rows', ({ rows, ...progress }) => {
  expect(driver('driver.counts(given)', progress)).toBe(rows);
});

/** What an expression gives in the driver's module, without Ray. */
function driver(expression: string, given: unknown): unknown {
  const script = `import json, re, sys; sys.path.insert(0, "src/cluster"); import driver
driver.lines.write(json.dumps((lambda given: ${expression})(json.loads(sys.argv[1]))))`;
  return JSON.parse(
    execFileSync('.venv/bin/python', ['-B', '-c', script, JSON.stringify(given)], { encoding: 'utf8' }),
  );
}

it('address and place are looked at before the work is planned', async () => {
  await expect(checkCluster('nowhere')).rejects.toThrow('ray: expected auto, local or HOST:PORT; got "nowhere".');
  const flags = { data: 'no such data', out: 's3:/bucket/x' };
  const first = onCluster('features', flags, { ray: '127.0.0.1:1', progress: false });
  await expect(first).rejects.toThrow(
    /ray: expected a Ray cluster at 127\.0\.0\.1:1; none answers|expected Ray's Python/,
  );
});
