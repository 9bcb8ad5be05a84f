import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The longest wait before a kill, in ms: about what each kind of work takes. */
export const SPAN = { features: 2500, training: 2500, sweep: 2500, download: 900 } as const;
/** Milliseconds between two flushes: the features are some twenty of them. */
export const FLUSH_MS = 100;
export type Kind = keyof typeof SPAN;
export const KINDS = Object.keys(SPAN) as Kind[];

const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 131) % 253));
const md5 = createHash('md5').update(content).digest('hex');

/** Gives a file at about 4 MB a second, with ranges. */
export async function slowServer(): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer((request, response) => {
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
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface WorkOptions {
  /** Of {@link slowServer}. */
  readonly url: string;
  /** Ends it so many ms after it began. @default never */
  readonly wait?: number;
  /** What the process is started by: a container, another user. @default nothing */
  readonly within?: readonly string[];
  /** Beside `FLUSH_MS`. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the work once in a folder, unless it is killed before its end. */
export async function work(
  kind: Kind,
  own: string,
  { url, wait, within = [], env: more }: WorkOptions,
): Promise<{ readonly end: 'killed' | 'finished'; readonly computed: number; readonly ms: number }> {
  const env = { ...process.env, GRAFT_FLUSH_MS: String(FLUSH_MS), ...more };
  const args = [process.execPath, '--import', 'tsx', 'test/faults/worker.ts', kind, own, url, md5];
  const [program, ...rest] = [...within, ...args];
  // a group of its own, of which all are killed at once
  const child = spawn(program, rest, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let began = 0;
  let [said, failure, killed] = ['', '', false];
  child.stderr.on('data', (chunk) => (failure += String(chunk)));
  child.stdout.on('data', (chunk) => {
    said += String(chunk);
    if (!String(chunk).includes('ready')) return;
    began = performance.now();
    if (wait === undefined) return;
    setTimeout(() => {
      if (child.exitCode !== null) return;
      process.kill(-child.pid!, 'SIGKILL');
      killed = true;
    }, wait);
  });
  const [code] = await new Promise<[number | null]>((resolve) => child.once('close', (code) => resolve([code])));
  const computed = [...said.matchAll(/^computed (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
  const ms = performance.now() - began;
  if (said.includes('done')) return { end: 'finished', computed, ms };
  if (!killed) throw new Error(`${kind} ended with ${code}: ${failure}`);
  return { end: 'killed', computed, ms };
}
