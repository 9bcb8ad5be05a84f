import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { barredText, failureText, lostInAll, lostText, tryText } from '../../src/cluster/failures.ts';
import { lookAtCluster, type Seen, wrongWith } from '../../src/cluster/look-at-cluster.ts';
import { runGraft } from '../../src/cluster/graft-process.ts';
import { onCluster } from '../../src/cluster/on-cluster.ts';
import { progressOf } from '../../src/host/progress.ts';

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

it('a process that a signal has ended is not called a failure with a code', () => {
  expect(tryText({ ...failed, code: -9, log: '' })).toBe('shard 2 failed on a (10.0.0.1), ended by SIGKILL: ');
});

it('which nodes are refused, and whose variables count, is said', () => {
  const log =
    'graft features: s3://b/x cannot be listed: no credentials: none. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';
  const refused = { ...failed, code: 3, log };
  expect(tryText(refused)).toMatch(/exit code 3: .* This node gets no more shards\.$/);
  const text = barredText([refused, { ...refused, node: 'b (10.0.0.2)' }]);
  expect(text).toMatch(/^ray: none of the 2 nodes that have room can do a shard; each was tried once\./);
  expect(text).toContain(`a (10.0.0.1):\n  ${log}`);
  expect(text).toContain('Set AWS_… on a (10.0.0.1), b (10.0.0.2) and run `ray stop` and `ray start` there again');
  expect(barredText([{ ...failed, code: 127, log: 'expected Graft' }])).not.toContain('AWS');
});

it('workers that are lost are told, as they are and at the end', () => {
  expect(lostText({ shard: 3, node: 'a (10.0.0.1)' }, 'images')).toBe(
    'ray: a worker was lost on a (10.0.0.1), with shard 3; its images are computed again by the others.',
  );
  expect([0, 1, 2].map(lostInAll)).toEqual([
    '',
    '; 1 worker was lost on the way, and its shard done by the others',
    '; 2 workers were lost on the way, and their shards done by the others',
  ]);
});

const up = { name: 'a (10.0.0.1)', cpus: 4, gpus: 0, answers: true, here: true };
const gone = { ...up, name: 'b (10.0.0.2)', answers: false };

describe('what is wrong with a cluster is said, and what to do:', () => {
  const said = (seen: Seen): string | undefined => wrongWith(seen, '10.0.0.1:6379');

  it('nothing, where one node answers', () => {
    expect(said({ event: 'cluster', nodes: [gone, up] })).toBeUndefined();
  });

  it('a head whose nodes are gone', () => {
    expect(said({ event: 'cluster', nodes: [gone, gone] })).toMatch(
      /the head of 10\.0\.0\.1:6379 answers, none of its 2 nodes does \(b \(10\.0\.0\.2\)\)\. Start them again, on each `\S+ray start --address=10\.0\.0\.1:6379`/,
    );
    expect(said({ event: 'cluster', nodes: [] })).toContain('it has no nodes');
  });

  it.each([
    { mode: 'token', token: 'RAY_AUTH_TOKEN', what: 'but refuses the token in RAY_AUTH_TOKEN' },
    { mode: 'token', token: 'none', what: 'but wants a token, and none is given here' },
    { mode: 'none', token: 'none', what: 'but wants a token, and RAY_AUTH_MODE=token is not set here. Bring' },
    { mode: 'none', token: '/h/.ray/auth_token', what: 'is not set here (there is one in /h/.ray/auth_token)' },
  ] as const)('a token: $what', ({ what, ...seen }) => {
    const text = said({ event: 'refused', ...seen });
    expect(text).toContain('ray: 10.0.0.1:6379 answers, ');
    expect(text).toContain(what);
    expect(text).toContain('~/.ray/auth_token');
  });

  it('a port that is not the head’s', () => {
    expect(said({ event: 'mute' })).toContain("does not answer as a Ray head does. Is it the head's own port (6379;");
  });

  it('nobody there', () => {
    expect(said({ event: 'unreachable', message: 'Connection\nrefused' })).toContain(
      'expected a Ray cluster at 10.0.0.1:6379; none answers (Connection refused)',
    );
  });
});

it.each([
  { label: 'shard 3/8, vgg16 to fc2', unit: 'images', rows: true },
  { label: 'sweep', unit: 'runs', rows: true },
  { label: 'looking at photos', unit: 'files', rows: false },
  { label: 'calibrating vgg16 in 8 bits', unit: 'images', rows: false },
  { label: 'vgg16 to fc2, float32, photos train', unit: 'images', rows: false },
])('progress of "$label" in $unit counts as rows of a shard: $rows', ({ rows, ...progress }) => {
  expect(python('task', 'task.counts(given)', progress)).toBe(rows);
});

it.each([
  { what: 'runs again without having failed or ended', events: [begin(1), begin(1)], lost: 1 },
  { what: 'runs again after it has failed', events: [begin(1), ['fail', { shard: 7 }], begin(1)], lost: 0 },
  { what: 'was taken back and given again', events: [begin(1), begin(2)], lost: 0 },
])('a shard that $what has lost $lost workers', ({ events, lost }) => {
  const reported = python('task', `${READ}(task.Board(), given, [])`, events) as [event: string, what: object][];
  expect(reported.filter(([event]) => event === 'lost')).toEqual(
    lost ? [['lost', { shard: 7, node: 'a (10.0.0.1)' }]] : [],
  );
});

it('what a board reports stays until the driver says that it has it: its answer may come too late', () => {
  const twice = `(lambda board: [${READ}(board, given, []), ${READ}(board, [], []), ${READ}(board, [], board.reports), ${READ}(board, [], [])])(task.Board())`;
  const lost = [['lost', { shard: 7, node: 'a (10.0.0.1)' }]];
  expect(python('task', twice, [begin(1), begin(1)])).toEqual([lost, lost, [], []]);
});

/** Calls what is given on a board, and gives what it reports to a driver that has some of it. */
const READ = `(lambda board, given, had: [[getattr(board, name)(*rest) for name, *rest in given], list(board.read(list(had))[2].values())][1])`;

/** That shard 7 begins, the task of that number. */
function begin(given: number): unknown[] {
  return ['begin', 7, given, 'id', 'a (10.0.0.1)'];
}

describe('a port that takes connections and says nothing', () => {
  it('is looked at for seconds, and then called mute', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    // without Ray: whoever asks never has an answer
    const stubs = `look.ANSWERED = 0.1; look.ask = lambda *given: time.sleep(60)
sys.modules["ray"] = sys.modules["ray._private"] = types.ModuleType("ray")
sys.modules["ray._private.services"] = services = types.ModuleType("services")
services.canonicalize_bootstrap_address_or_die = lambda address: address`;
    try {
      expect(await pythonAsync('look', 'look.look(given)', `127.0.0.1:${port}`, stubs)).toMatchObject({
        event: 'mute',
      });
    } finally {
      server.close();
    }
  });
});

/** What an expression gives in a module of the driver's, without Ray. */
const python = (module: string, expression: string, given: unknown): unknown =>
  JSON.parse(execFileSync('.venv/bin/python', script(module, expression, given), { encoding: 'utf8' }));

const pythonAsync = async (module: string, expression: string, given: unknown, before: string): Promise<unknown> =>
  JSON.parse(
    (await promisify(execFile)('.venv/bin/python', script(module, expression, given, before), { encoding: 'utf8' }))
      .stdout,
  );

const script = (module: string, expression: string, given: unknown, before = ''): string[] => [
  '-B',
  '-c',
  `import json, os, sys, time, types; sys.path.insert(0, "src/cluster"); import ${module}
${before}
given = json.loads(sys.argv[1])
print(json.dumps(${expression}), flush=True)
os._exit(0)`,
  JSON.stringify(given),
];

it('address and place are looked at before the work is planned', async () => {
  const share = { cpus: 1, gpus: 0 };
  await expect(lookAtCluster('nowhere', share)).rejects.toThrow(
    'ray: expected auto, local or HOST:PORT; got "nowhere".',
  );
  const flags = { data: 'no such data', out: 's3:/bucket/x' };
  const first = onCluster('features', flags, { ray: '127.0.0.1:1', progress: false });
  await expect(first).rejects.toThrow(
    /ray: expected a Ray cluster at 127\.0\.0\.1:1; none answers|expected Ray's Python/,
  );
});

it('a sweep counts images while its features are made, and runs while it trains', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'told-'));
  const grid = path.join(folder, 'grid.json');
  const source = { data: 'shapes10', backbone: 'vgg19-mini', cut: 'block5_pool', train: 20, test: 10 };
  writeFileSync(grid, JSON.stringify({ ...source, grid: { dropout: [0], epochs: [1] } }));
  const units = async <T>(args: readonly string[]): Promise<[T, string[]]> => {
    const seen = new Set<string>();
    const onProgress = progressOf(({ unit }) => void seen.add(unit!), 'runs'); // as `graft cluster sweep` has it
    return [await runGraft<T>(['sweep', ...args, '--out', folder], { onProgress }), [...seen]];
  };
  try {
    const [{ plan }, planning] = await units<{ plan: string }>([grid, '--plan', '--shards', '1']);
    expect(planning).toEqual(['images']);
    const [, training] = await units(['--plan', plan, '--shard', '1/1']);
    expect(training).toEqual(['images', 'runs']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
