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
const SPAN = { features: 1600, training: 2500, sweep: 2500, download: 900 } as const;
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
    response.writeHead(at ? 206 : 200, { etag: '"a"', 'content-length': content.length - at, ...(at && { 'content-range': `bytes ${at}-${content.length - 1}/${content.length}` }) }); // prettier-ignore
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
async function work(kind: Kind, own: string, wait?: number): Promise<'killed' | 'finished'> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/faults/worker.ts', kind, own, url, md5], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, failure, killed] = ['', '', false];
  child.stderr.on('data', (chunk) => (failure += String(chunk)));
  child.stdout.on('data', (chunk) => {
    said += String(chunk);
    if (wait !== undefined && String(chunk).includes('ready')) setTimeout(() => (killed = child.kill('SIGKILL')), wait);
  });
  const [code] = await new Promise<[number | null]>((resolve) => child.once('close', (code) => resolve([code])));
  if (said.includes('done')) return 'finished';
  if (!killed) throw new Error(`${kind} ended with ${code}: ${failure}`);
  return 'killed';
}

const own = (name: string): string => {
  const made = path.join(folder, name);
  mkdirSync(made, { recursive: true });
  return made;
};

describe('killed with SIGKILL at random moments and started again', () => {
  for (const kind of Object.keys(SPAN) as Kind[]) {
    it(`${kind} end with the result of an undisturbed run, bit for bit`, async () => {
      await work(kind, own(`${kind}-undisturbed`));
      const expected = readFileSync(path.join(folder, `${kind}-undisturbed`, 'result'));
      const next = draws(`kills/${kind}`);
      let [kills, rounds, bytes] = [0, 0, 0];
      while (kills < KILLS) {
        const here = own(`${kind}-${rounds++}`);
        while ((await work(kind, here, next() * SPAN[kind])) === 'killed') kills++;
        const got = readFileSync(path.join(here, 'result'));
        expect(got.equals(expected)).toBe(true);
        bytes += got.length;
        if (kind === 'download') expect(readdirSync(here).sort()).toEqual(['file.bin', 'result']);
        rmSync(here, { recursive: true });
      }
      report(`${kind}: ${kills} kills in ${rounds} runs, ${bytes.toLocaleString('en-US')} bytes compared, all equal`);
    });
  }
});
