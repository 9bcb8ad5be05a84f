import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRowSet } from '../../src/storage/rows/row-set.ts';
import { node } from '../process.ts';
import { report, SHORT } from './scale.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'processes-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const FEATURES = ['features', '--data', 'shapes10', '--backbone', 'vgg19-mini', '--cut', 'block5_pool'];
const graft = (args: string[], env = process.env): ChildProcess =>
  spawn(process.execPath, ['src/graft.mjs', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('close', (code) => resolve(code)));

describe('at once', () => {
  it('four processes compute the same features once, and all get them', async () => {
    const cache = path.join(folder, 'four');
    const files = Array.from({ length: 4 }, (_, i) => path.join(folder, `four-${i}.npy`));
    const codes = await Promise.all(
      files.map((out) => ended(graft([...FEATURES, '--size', '400', '--cache', cache, '--out', out]))),
    );
    expect(codes).toEqual([0, 0, 0, 0]);
    const [first, ...others] = files.map((file) => readFileSync(file));
    for (const other of others) expect(other.equals(first)).toBe(true);
    const [only] = readdirSync(cache).filter((name) => /^[0-9a-f]{24}$/.test(name));
    const { pieces } = openRowSet(path.join(cache, only), [2, 2, 128], 'auto');
    expect(pieces.reduce((sum, { n }) => sum + n, 0)).toBe(400);
    expect(
      readdirSync(path.join(cache, only)).filter((name) => !/\.npy$|^manifest\.json$|^versions-/.test(name)),
    ).toEqual([]);
    report(
      `4 processes at once: 400 images computed once, ${(4 * first.length).toLocaleString('en-US')} bytes compared`,
    );
  });

  for (const [what, hosts] of [
    ['on one machine', ['', '']],
    ['on two machines that share a disk', ['one', 'other']],
  ] as const) {
    it(`two processes ${what}, on the same and on overlapping data, give the right rows, and lose no work`, async () => {
      const cache = path.join(folder, `two-${hosts[0]}`);
      const alone = path.join(folder, 'alone');
      const run = (args: string[], host: string, out: string, to = cache): Promise<number | null> =>
        ended(
          graft([...FEATURES, '--precision', 'float32', ...args, '--cache', to, '--out', path.join(folder, out)], {
            ...process.env,
            GRAFT_HOST: host,
            GRAFT_FLUSH_MS: '50',
          }),
        );
      const parts = [
        ['--limit', '500'],
        ['--size', '400', '--seed', '3'],
        ['--limit', '500'],
      ];
      for (const [i, part] of parts.entries()) expect(await run(part, '', `alone-${i}.npy`, alone)).toBe(0);
      expect(await Promise.all(parts.map((part, i) => run(part, hosts[i % 2], `shared-${i}.npy`)))).toEqual([0, 0, 0]);
      for (const i of parts.keys())
        expect(
          readFileSync(path.join(folder, `shared-${i}.npy`)).equals(readFileSync(path.join(folder, `alone-${i}.npy`))),
          String(i),
        ).toBe(true);
      // once more: everything is there
      const again = await node([
        'src/graft.mjs',
        ...FEATURES,
        '--precision',
        'float32',
        '--limit',
        '500',
        '--cache',
        cache,
        '--json',
      ]);
      expect((JSON.parse(again.stdout) as { cached: number }).cached).toBe(500);
      const [only] = readdirSync(cache).filter((name) => /^[0-9a-f]{24}$/.test(name));
      expect(readdirSync(path.join(cache, only)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      const set = openRowSet(path.join(cache, only), [2, 2, 128], 'auto');
      report(
        `two processes ${what}: ${set.pieces.reduce((sum, { n }) => sum + n, 0)} rows written in ${set.pieces.length} pieces; the outputs equal those of one`,
      );
    });
  }

  it('the waiting one shows how far the other is', async () => {
    const cache = path.join(folder, 'waiting');
    const args = [...FEATURES, '--precision', 'float32', '--limit', '2600', '--cache', cache];
    const env = { ...process.env, GRAFT_FLUSH_MS: '200' };
    const [first, second] = [graft(args, env), graft(args, env)];
    const said = await Promise.all([text(first.stderr!), text(second.stderr!), ended(first), ended(second)]);
    expect(said.slice(2)).toEqual([0, 0]);
    const waiting = said
      .slice(0, 2)
      .map(String)
      .find((lines) => lines.includes('waiting for it'));
    if (waiting) expect(waiting).toMatch(/2,600 images/); // either may have been done before the other began
  });

  it('the lock of a dead process, of a reused process id, and a damaged one are recognised', async () => {
    const cache = path.join(folder, 'stale');
    const args = [...FEATURES, '--size', '16', '--cache', cache];
    expect(await ended(graft(args))).toBe(0);
    const store = path.join(
      cache,
      readdirSync(cache).find((name) => /^[0-9a-f]{24}$/.test(name))!,
    );
    const dead = spawn('true');
    await ended(dead);
    for (const lock of [
      JSON.stringify({ pid: dead.pid, host: os.hostname(), started: '1' }),
      JSON.stringify({ pid: process.pid, host: os.hostname(), started: '1' }), // alive, but another process than the one that locked
      '{"pid":',
      '',
    ]) {
      for (const name of readdirSync(store)) if (name.endsWith('.npy')) rmSync(path.join(store, name));
      writeFileSync(path.join(store, 'lock'), lock);
      expect(await ended(graft(args))).toBe(0);
      expect(readdirSync(store)).not.toContain('lock');
    }
  });
});

describe('SIGINT and SIGTERM', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it.skipIf(SHORT && signal === 'SIGTERM')(
      `${signal} ends \`graft features\` with ${code} after the batch in flight; the same command goes on`,
      async () => {
        const args = [...FEATURES, '--size', '2700', '--cache', path.join(folder, signal), '--json'];
        const child = graft(args, { ...process.env, GRAFT_FLUSH_MS: '50' });
        const said = text(child.stderr!);
        const store = (): string | undefined => {
          try {
            return readdirSync(path.join(folder, signal)).find((name) =>
              readdirSync(path.join(folder, signal, name)).some((file) => file.endsWith('.npy')),
            );
          } catch {
            return undefined;
          }
        };
        while (child.exitCode === null && !store()) await new Promise((resolve) => setTimeout(resolve, 10));
        child.kill(signal);
        expect(await ended(child)).toBe(code);
        const lines = (await said).split('\n').filter((line) => line && !line.startsWith('vgg19-mini to ')); // the bar's
        expect(lines.filter((line) => !/^(WARNING: All log messages|[IWE]\d{4} \d\d:)/.test(line))).toEqual([
          `${signal}: ending after the batch in flight; what is done is kept.`,
        ]);
        expect(readdirSync(path.join(folder, signal, store()!))).not.toContain('lock');
        const again = await node(['src/graft.mjs', ...args]);
        expect(again.status).toBe(0);
        const { cached, shape } = JSON.parse(again.stdout) as { cached: number; shape: number[] };
        expect(shape[0]).toBe(2700);
        expect(cached).toBeGreaterThan(0);
        expect(cached).toBeLessThan(2700);
      },
    );

    it.skipIf(SHORT && signal === 'SIGINT')(
      `${signal} ends \`graft train\` with ${code}, in training as well`,
      async () => {
        const child = graft([
          'train',
          '--data',
          'shapes10',
          '--backbone',
          'vgg19-mini',
          '--train',
          '200',
          '--test',
          '50',
          '--epochs',
          '5000',
          '--cache',
          path.join(folder, 'train'),
          '--runs',
          path.join(folder, `runs-${signal}`),
        ]);
        child.stderr!.on('data', (chunk) => String(chunk).includes('training:') && child.kill(signal));
        expect(await ended(child)).toBe(code);
      },
    );
  }

  it('a download that is interrupted keeps what came', async () => {
    mkdirSync(path.join(folder, 'data'));
    const server = createServer((_, response) => {
      response.writeHead(200, { etag: '"a"', 'content-length': 1e6 });
      response.write(Buffer.alloc(200_000));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', 'test/faults/worker.ts', 'download', path.join(folder, 'data'), url, 'x'],
      { stdio: 'ignore' },
    );
    const part = (): number => {
      try {
        return readFileSync(path.join(folder, 'data/file.bin.part')).length;
      } catch {
        return 0;
      }
    };
    while (part() < 200_000) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGTERM');
    await ended(child);
    expect(part()).toBe(200_000);
    server.closeAllConnections();
    server.close();
  });
});

describe('a process that ends in mid-run', () => {
  // a convolution of a second or so
  const script = (end: string): string => `
    import * as tf from '@tensorflow/tfjs'; import { backboneOf } from './src/models/backbone.ts'; import { useTensorFlow } from './src/host/tensorflow.ts';
    import { openBackbone } from './src/runtime/running.ts';
    await useTensorFlow();
    const input = tf.input({ shape: [320, 320, 3] });
    let x = input; for (let i = 0; i < 4; i++) x = tf.layers.conv2d({ filters: 64, kernelSize: 3, padding: 'same' }).apply(x);
    const running = await openBackbone(backboneOf(tf.model({ inputs: input, outputs: x })), { engine: 'onnx', imageSize: [320, 320] });
    const busy = running.run(new Uint8Array(4 * 320 * 320 * 3), 4); busy.catch(() => {});
    console.log('running');
    await new Promise((resolve) => setTimeout(resolve, 150));
    ${end}`;
  const run = (
    end: string,
    signal?: NodeJS.Signals,
  ): Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script(end)], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stderr = '';
      child.stderr.on('data', (chunk) => (stderr += String(chunk)));
      child.stdout.once('data', () => signal && setTimeout(() => child.kill(signal), 100));
      child.once('exit', (code, by) => resolve({ code, signal: by, stderr }));
    });

  it('by exit, by an error, by Ctrl-C or SIGTERM ends with its own exit code, and leaves no session behind', async () => {
    expect(await run('process.exit(7)')).toMatchObject({ code: 7 });
    expect(await run("throw new Error('mine')")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('mine') as string,
    });
    expect(await run('await busy', 'SIGINT')).toMatchObject({ signal: 'SIGINT' });
    expect(await run('await busy', 'SIGTERM')).toMatchObject({ signal: 'SIGTERM' });
    expect(await run('await busy; process.exit(3)')).toMatchObject({ code: 3 });
    const left = async (): Promise<number> => {
      const listed = spawn('sh', ['-c', "ps -o ppid=,args= -A | awk '$1 == 1' | grep -c '[s]ession-process.mjs'"]);
      let out = '';
      for await (const chunk of listed.stdout) out += String(chunk);
      return Number(out);
    };
    await expect.poll(left, { timeout: 120_000, interval: 500 }).toBe(0); // at most the batch in flight
  });
});
