import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { draws, KILLS, report } from './scale.ts';

/** The longest wait before a kill, in ms: about what each kind of work takes. */
const SPAN = { features: 2500, training: 2500, sweep: 2500, download: 900 } as const;
/** Milliseconds between two flushes: the features are some twenty of them. */
const FLUSH_MS = 100;
type Kind = keyof typeof SPAN;

const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 131) % 253));
const md5 = createHash('md5').update(content).digest('hex');
let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'faults-'));
  // about 4 MB a second, with ranges
  server = createServer((request, response) => {
    let at = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(at ? 206 : 200, {
      etag: '"a"',
      'content-length': content.length - at,
      ...(at && { 'content-range': `bytes ${at}-${content.length - 1}/${content.length}` }),
    });
    const timer = setInterval(() => {
      response.write(content.subarray(at, (at += 60_000)));
      if (at < content.length) return;
      clearInterval(timer);
      response.end();
    }, 15);
    response.on('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

/** Runs the work once; with `wait`, ends it so many ms after it began. */
async function work(
  kind: Kind,
  own: string,
  wait?: number,
): Promise<{ readonly end: 'killed' | 'finished'; readonly computed: number; readonly ms: number }> {
  const env = { ...process.env, GRAFT_FLUSH_MS: String(FLUSH_MS) };
  const args = ['--import', 'tsx', 'test/faults/worker.ts', kind, own, url, md5];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let began = 0;
  let [said, failure, killed] = ['', '', false];
  child.stderr.on('data', (chunk) => (failure += String(chunk)));
  child.stdout.on('data', (chunk) => {
    said += String(chunk);
    if (String(chunk).includes('ready')) began = performance.now();
    if (wait !== undefined && String(chunk).includes('ready')) setTimeout(() => (killed = child.kill('SIGKILL')), wait);
  });
  const [code] = await new Promise<[number | null]>((resolve) => child.once('close', (code) => resolve([code])));
  const computed = [...said.matchAll(/^computed (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
  const ms = performance.now() - began;
  if (said.includes('done')) return { end: 'finished', computed, ms };
  if (!killed) throw new Error(`${kind} ended with ${code}: ${failure}`);
  return { end: 'killed', computed, ms };
}

const own = (name: string): string => {
  const made = path.join(folder, name);
  mkdirSync(made, { recursive: true });
  return made;
};

describe('killed with SIGKILL at random moments and started again', () => {
  for (const kind of Object.keys(SPAN) as Kind[]) {
    it(`${kind} end with the result of an undisturbed run, bit for bit`, async () => {
      const undisturbed = await work(kind, own(`${kind}-undisturbed`));
      const expected = readFileSync(path.join(folder, `${kind}-undisturbed`, 'result'));
      const next = draws(`kills/${kind}`);
      let [kills, rounds, bytes, computed] = [0, 0, 0, 0];
      while (kills < KILLS) {
        const here = own(`${kind}-${rounds++}`);
        for (let end = 'killed'; end === 'killed';) {
          const run = await work(kind, here, next() * SPAN[kind]);
          computed += run.computed;
          ({ end } = run);
          if (end === 'killed') kills++;
        }
        const got = readFileSync(path.join(here, 'result'));
        expect(got.equals(expected)).toBe(true);
        bytes += got.length;
        if (kind === 'download') expect(readdirSync(here).sort()).toEqual(['file.bin', 'result']);
        rmSync(here, { recursive: true });
      }
      if (kind === 'features') {
        // a kill loses what was computed since the last flush, and the batches in flight
        expect(undisturbed.computed).toBe(1500);
        const interval = Math.ceil((2 * FLUSH_MS * 1500) / undisturbed.ms) + 2 * 8;
        expect(computed).toBeLessThanOrEqual(rounds * 1500 + kills * interval);
        report(
          `features: ${computed.toLocaleString('en-US')} computed for ${(rounds * 1500).toLocaleString('en-US')}, ${((computed - rounds * 1500) / kills).toFixed(1)} a kill twice, over ${(undisturbed.ms / FLUSH_MS).toFixed(0)} flush intervals`,
        );
      }
      report(`${kind}: ${kills} kills in ${rounds} runs, ${bytes.toLocaleString('en-US')} bytes compared, all equal`);
    });
  }
});
