import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { report, SHORT } from './scale.ts';

const N = SHORT ? 600 : 200_000;
let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'many-photos-'))));
afterAll(() => rmSync(folder, { recursive: true }), 600_000); // 200,000 files

interface Facts {
  readonly memory: readonly number[];
  readonly rows: readonly Readonly<Record<string, number>>[];
  readonly seconds: number;
}

async function child(...args: readonly (string | number)[]): Promise<Facts> {
  const one = spawn(
    process.execPath,
    [
      '--expose-gc',
      '--import',
      'tsx',
      'test/faults/many-photos-child.ts',
      path.join(folder, 'photos'),
      ...args.map(String),
    ],
    { env: { ...process.env, GRAFT_DATA: path.join(folder, 'data') }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const rows = (await text(one.stdout))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, number>);
  const memory = rows.flatMap(({ mib }) => (mib === undefined ? [] : [mib]));
  return { memory, rows, seconds: rows.find(({ seconds }) => seconds !== undefined)?.seconds ?? 0 };
}

const speed = (n: number, seconds: number): string => `${n.toLocaleString('en-US')} in ${seconds.toFixed(1)} s`;
const ends = (mib: readonly number[]): string =>
  [mib[0], mib[mib.length >> 1], mib.at(-1)!].map((one) => one.toFixed(0)).join(', ');

it(`${N.toLocaleString('en-US')} photos are opened, stopped, opened again without being read, and extracted, with flat memory`, async () => {
  await child('draw', 0, N);

  const stopped = await child('open', N / 4);
  const opened = await child('open');
  const { known } = opened.rows.find((row) => 'known' in row)!;
  expect(known).toBeGreaterThanOrEqual(N / 4); // goes on where it was
  expect(known).toBeLessThan(N / 2);
  expect(opened.rows).toContainEqual({ opened: N });
  const [first, rest] = [stopped, opened].map(({ rows }) => rows.find(({ reads }) => reads)!.reads);
  expect(first + rest).toBeGreaterThan(N); // each was read
  const again = await child('open');
  const facts = again.rows.find((row) => 'known' in row)!;
  expect(facts.known).toBe(N);
  expect(facts.reads).toBeLessThan(N / 10); // none was: what is read is the index, and modules
  report(
    `${speed(N - known, opened.seconds)} opened and hashed, resident ${ends(opened.memory)} MiB at start, middle, end; again in ${again.seconds.toFixed(2)} s, ${facts.reads} reads by the system instead of ${first + rest}`,
  );

  const cache = path.join(folder, 'features');
  const cut = await child('extract', cache, N / 4);
  const whole = await child('extract', cache);
  const [train, test] = whole.rows.filter((row) => 'extracted' in row);
  expect(train.extracted + test.extracted).toBe(N);
  expect(train.cached).toBeGreaterThanOrEqual(N / 4);
  expect(train.cached).toBeLessThan(N / 2);
  const third = await child('extract', cache);
  expect(third.rows.filter((row) => 'cached' in row).map(({ cached }) => cached)).toEqual([
    train.extracted,
    test.extracted,
  ]);
  report(
    `${speed(N - train.cached, whole.seconds)} extracted (vgg19-mini to block5_pool, ${String(whole.rows.find(({ engine }) => engine)!.engine)}), resident ${ends(whole.memory)} MiB; stopped at ${train.cached}, before that ${ends(cut.memory)} MiB`,
  );
  const settled = whole.memory.slice(2);
  if (!SHORT) expect(Math.max(...settled) / settled[0]).toBeLessThan(1.1);
});
