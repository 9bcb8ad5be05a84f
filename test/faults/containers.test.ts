import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyOf } from '../../src/storage/rows/keys.ts';
import { openRowSet } from '../../src/storage/rows/row-set.ts';
import { openWriter } from '../../src/storage/rows/row-writer.ts';
import { KINDS, slowServer, SPAN, work } from './killed-work.ts';
import { draws, report, SHORT } from './scale.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'containers-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const CONTAINER = ['-pf', '--mount-proc', '--kill-child'];
const canContain = spawnSync('unshare', [...CONTAINER, 'true']).status === 0;
const asNobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
const canBeNobody = spawnSync('setpriv', [...asNobody, 'cat', 'package.json']).status === 0;

/** A process-id namespace of its own and this machine's host name, as containers of one image may have it. */
const contained = (args: readonly string[]): ChildProcess =>
  spawn('unshare', [...CONTAINER, process.execPath, ...args], {
    env: { ...process.env, GRAFT_FLUSH_MS: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('close', (code) => resolve(code)));
const rowsIn = (cache: string): string[] =>
  (existsSync(cache) ? readdirSync(cache, { recursive: true, encoding: 'utf8' }) : []).filter((name) =>
    name.endsWith('.npy'),
  );

describe.skipIf(!canContain)('two containers with one host name side by side (skipped without unshare)', () => {
  const features = (cache: string, size: number, out: string): string[] => [
    ...['src/graft.mjs', 'features', '--data', 'shapes10', '--backbone', 'vgg19-mini', '--cut', 'block5_pool'],
    ...['--precision', 'float32', '--limit', String(size), '--cache', cache, '--out', path.join(folder, out)],
  ];

  it('leave each other’s files alone: one is killed, the other’s result is that of an undisturbed one', async () => {
    const alone = contained(features(path.join(folder, 'alone'), 400, 'alone.npy'));
    expect([await ended(alone)]).toEqual([0]);
    const cache = path.join(folder, 'shared');
    const killed = contained(features(cache, 300, 'killed.npy'));
    const other = contained(features(cache, 400, 'other.npy'));
    const said = text(other.stderr!);
    while (!rowsIn(cache).length) await new Promise((resolve) => setTimeout(resolve, 5));
    killed.kill('SIGKILL');
    const code = await ended(other);
    expect([code, code ? await said : '']).toEqual([0, '']);
    const read = (name: string): Buffer => readFileSync(path.join(folder, name));
    expect(read('other.npy').equals(read('alone.npy'))).toBe(true);
    report('two containers with one host name, one of them killed: the other’s 400 rows equal those of one alone');
  });
});

/** Of each kind of work, of two side by side. */
const KILLS_OF_TWO = 10;
const SHARED = ['sh', '-c', 'umask 0 && exec "$@"', 'sh'];

describe.skipIf(SHORT || !canContain)(
  'the kills, in two containers with one host name side by side (long form)',
  () => {
    const users = canBeNobody ? (['same', 'another'] as const) : (['same'] as const);
    const cases = KINDS.flatMap((kind) => users.map((user) => [kind, user] as const));
    it.each(cases)(
      '%s, by %s user: both end with the result of an undisturbed run, bit for bit',
      async (kind, user) => {
        const server = await slowServer();
        const made = (name: string): string => {
          const own = path.join(folder, name);
          mkdirSync(own);
          chmodSync(own, 0o777);
          return own;
        };
        chmodSync(folder, 0o755);
        try {
          const { ms } = await work(kind, made('undisturbed'), { url: server.url });
          const span = Math.max(SPAN[kind], ms); // on a busy machine all takes longer
          const expected = readFileSync(path.join(folder, 'undisturbed', 'result'));
          const next = draws(`containers/${kind}/${user}`);
          const results = made('results');
          let [kills, rounds, bytes] = [0, 0, 0];
          while (kills < KILLS_OF_TWO) {
            const here = made(`round-${rounds++}`);
            const one = async (name: string, as: readonly string[]): Promise<void> => {
              const result = path.join(results, `${name}-${rounds}`);
              const within = [...SHARED, 'unshare', ...CONTAINER, ...as];
              const env = { GRAFT_RESULT: result, HOME: results, GRAFT_DATA: path.join(results, `data-${name}`) };
              for (let end = 'killed'; end === 'killed';) {
                ({ end } = await work(kind, here, { url: server.url, wait: next() * span, within, env }));
                if (end === 'killed') kills++;
              }
              const got = readFileSync(result);
              expect(got.equals(expected)).toBe(true);
              bytes += got.length;
            };
            await Promise.all([one('first', []), one('second', user === 'another' ? ['setpriv', ...asNobody] : [])]);
            rmSync(here, { recursive: true });
          }
          report(
            `${kind}, two containers with one host name side by side (${user} user): ${kills} kills in ${rounds} rounds, ` +
              `${bytes.toLocaleString('en-US')} bytes compared, all equal`,
          );
        } finally {
          server.close();
        }
      },
    );
  },
);

describe.skipIf(!canBeNobody)('another user on a shared cache (skipped without root)', () => {
  it('removes no piece that it may not read, and adds its own', async () => {
    const set = path.join(folder, 'set');
    mkdirSync(set);
    const writer = openWriter(set, [2]);
    writer.write(keyOf('mine'), Float32Array.of(1, 2));
    writer.close();
    const [piece] = rowsIn(set);
    chmodSync(path.join(set, piece), 0o600);
    chmodSync(folder, 0o755);
    chmodSync(set, 0o777);
    const script = `
      import { keyOf } from './src/storage/rows/keys.ts';
      import { openRowSet } from './src/storage/rows/row-set.ts';
      import { mendPieces, openWriter } from './src/storage/rows/row-writer.ts';
      const set = openRowSet(${JSON.stringify(set)}, [2], 'auto');
      const mended = mendPieces(set, { all: true });
      const writer = openWriter(set.folder, [2]);
      writer.write(keyOf('yours'), Float32Array.of(3, 4));
      writer.close();
      console.log(JSON.stringify([set.damaged.length, set.unreadable.length, mended]));`;
    const args = [...asNobody, process.execPath, '--import', 'tsx', '--input-type=module', '-e', script];
    const child = spawn('setpriv', args, { env: { ...process.env, HOME: '/nonexistent', TMPDIR: set } });
    const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect([out.trim(), error]).toEqual([JSON.stringify([0, 1, { rows: 0, files: [] }]), '']);
    expect(rowsIn(set)).toContain(piece);
    const found = openRowSet(set, [2], 'auto').index.find(Buffer.concat([keyOf('mine'), keyOf('yours')]));
    expect([...found].every((row) => row >= 0)).toBe(true);
  });
});
