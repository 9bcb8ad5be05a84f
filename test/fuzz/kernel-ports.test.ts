import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../src/bench/cluster/ray-nodes.ts';
import { zeromqFile } from '../../src/notebook/kernel/tslab.ts';
import { environment } from '../kernel/session.ts';
import { CASES, report, SEED } from '../faults/scale.ts';

const require = createRequire(import.meta.url);
const KEY = 'a key that only Jupyter and the kernel know';
const PORTS = ['shell_port', 'control_port', 'iopub_port', 'stdin_port', 'hb_port'] as const;
type Port = (typeof PORTS)[number];

interface Dealer {
  connect(address: string): void;
  send(frames: unknown): Promise<void>;
  receive(): Promise<Buffer[]>;
  close(): void;
  linger: number;
  receiveTimeout: number;
  sendTimeout: number;
  subscribe?(): void;
}
const zmq = require(zeromqFile()) as Record<'Dealer' | 'Subscriber' | 'XSubscriber' | 'Request', new () => Dealer>;
const { message } = require('../../src/notebook/kernel/run/thread/signed.cjs') as {
  message(identities: readonly Buffer[], contents: readonly object[], key: string): (string | Buffer)[];
};

let folder: string;
let kernel: ChildProcess;
let ports: Record<Port, number>;
let heard: Dealer;
let said = '';
const sockets: Dealer[] = [];

function connected(kind: keyof typeof zmq, port: Port): Dealer {
  const socket = new zmq[kind]();
  socket.linger = 0;
  socket.receiveTimeout = 100_000;
  socket.connect(`tcp://127.0.0.1:${ports[port]}`);
  socket.subscribe?.();
  sockets.push(socket);
  return socket;
}

const header = (type: string): object => ({
  msg_id: randomBytes(8).toString('hex'),
  msg_type: type,
  session: 'test',
  username: 'test',
  version: '5.3',
  date: new Date().toISOString(),
});
const request = (type: string, content: object = {}, key = KEY): (string | Buffer)[] =>
  message([], [header(type), {}, {}, content], key);

/** What is answered to a request that is signed. */
async function ask(socket: Dealer, type: string, content: object = {}): Promise<{ type: string; content: unknown }> {
  await socket.send(request(type, content));
  const frames = await socket.receive();
  const [, , head, , , body] = frames.map(String);
  return { type: (JSON.parse(head) as { msg_type: string }).msg_type, content: JSON.parse(body) as unknown };
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kernel-ports-'));
  const free = await freePorts(5);
  ports = Object.fromEntries(PORTS.map((name, i) => [name, free[i]])) as Record<Port, number>;
  const file = path.join(folder, 'kernel.json');
  const scheme = { transport: 'tcp', ip: '127.0.0.1', key: KEY, signature_scheme: 'hmac-sha256' };
  writeFileSync(file, JSON.stringify({ ...scheme, ...ports }));
  kernel = spawn(process.execPath, ['src/notebook/kernel/start.cjs', file], { env: environment(), stdio: 'pipe' });
  for (const stream of [kernel.stdout!, kernel.stderr!]) stream.on('data', (chunk) => (said += String(chunk)));
  heard = connected('Subscriber', 'iopub_port');
  expect((await ask(connected('Dealer', 'shell_port'), 'kernel_info_request')).type).toBe('kernel_info_reply');
});
afterAll(async () => {
  for (const socket of sockets) socket.close();
  const ended = new Promise((resolve) => kernel.once('exit', resolve));
  if (kernel.exitCode === null) kernel.kill('SIGKILL');
  await ended;
  rmSync(folder, { recursive: true });
});

/** The kernel answers on all its channels, as if nothing had been. */
async function answers(): Promise<void> {
  expect(kernel.exitCode, said).toBeNull();
  const [shell, control, beat] = [
    connected('Dealer', 'shell_port'),
    connected('Dealer', 'control_port'),
    connected('Request', 'hb_port'),
  ];
  const ran = await ask(shell, 'execute_request', { code: '20 + 3', silent: false });
  expect(ran).toMatchObject({ type: 'execute_reply', content: { status: 'ok' } });
  expect((await ask(control, 'interrupt_request')).type).toBe('interrupt_reply');
  expect((await ask(control, 'kernel_info_request')).type).toBe('kernel_info_reply');
  await beat.send('ping');
  expect(String((await beat.receive())[0])).toBe('ping');
  for (const socket of [shell, control, beat]) sockets.splice(sockets.indexOf(socket), 1)[0].close();
}

/** What somebody may send who does not know the key. */
const garbage = fc.oneof(
  fc.array(fc.uint8Array({ maxLength: 64 }).map(Buffer.from), { minLength: 1, maxLength: 9 }),
  fc
    .tuple(fc.string(), fc.array(fc.oneof(fc.json(), fc.string()), { maxLength: 6 }))
    .map(([signature, parts]) => ['<IDS|MSG>', signature, ...parts]),
  fc
    .constantFrom('execute', 'history', 'shutdown', 'interrupt', 'kernel_info', 'comm_info', 'complete', 'inspect')
    .chain((kind) =>
      fc.constantFrom(
        request(`${kind}_request`, { code: 'process.exit(3)', cursor_pos: 1 }, 'another key'),
        request(`${kind}_request`, { code: 'process.exit(3)', cursor_pos: 1 }).with(1, ''),
        request(`${kind}_request`).slice(0, 3),
        request(`${kind}_request`).slice(1),
      ),
    ),
);
const raw = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 256 }).map(Buffer.from),
  // a greeting of ZeroMQ's, and then something else
  fc.uint8Array({ maxLength: 64 }).map((rest) => Buffer.concat([GREETING, Buffer.from(rest)])),
);
const GREETING = Buffer.concat([
  Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]),
  Buffer.from('NULL'.padEnd(20, '\0')),
  Buffer.alloc(32),
]);

/** Bytes over plain TCP. */
const knock = (port: number, bytes: Buffer): Promise<void> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.setTimeout(200, () => socket.destroy());
    socket.resume();
  });

describe('a kernel', () => {
  it('hears nothing that is not signed with its key, and is not stopped by it', async () => {
    const shell = connected('Dealer', 'shell_port');
    shell.receiveTimeout = 500;
    for (const frames of [
      ['garbage'],
      ['<IDS|MSG>'],
      ['<IDS|MSG>', 'signature', '{'],
      request('history_request').with(1, ''),
      request('comm_open').with(1, ''),
      request('kernel_info_request', {}, 'another key'),
      request('execute_request', { code: 'process.exit(3)' }, 'another key'),
    ])
      await shell.send(frames);
    await expect(shell.receive()).rejects.toThrow();
    await answers();
  });

  it(`goes on answering after ${CASES} messages of garbage on its five ports`, { timeout: 600_000 }, async () => {
    const doors = PORTS.map((port) => connected(port === 'iopub_port' ? 'XSubscriber' : 'Dealer', port));
    // nobody reads stdin: its queue is full at some time
    for (const door of doors) door.sendTimeout = 20;
    const inputs = fc.sample(fc.oneof({ weight: 9, arbitrary: garbage }, { weight: 1, arbitrary: raw }), {
      numRuns: CASES,
      seed: SEED,
    });
    for (const [i, input] of inputs.entries()) {
      const at = i % PORTS.length;
      if (Buffer.isBuffer(input)) await knock(ports[PORTS[at]], input);
      else await doors[at].send(input).catch(() => {});
      if ((i + 1) % Math.ceil(CASES / 4) === 0) await answers();
    }
    await answers();
    expect(said).not.toMatch(/Error/);
    report(`kernel's ports: ${CASES} messages of garbage, on shell, control, iopub, stdin and heartbeat`);
  });

  it('publishes what its own cells do and nothing else', async () => {
    const types = new Set<string>();
    heard.receiveTimeout = 500;
    for (;;) {
      const frames = await heard.receive().catch(() => undefined);
      if (!frames) break;
      const at = frames.findIndex((frame) => String(frame) === '<IDS|MSG>');
      const type = (JSON.parse(String(frames[at + 2])) as { msg_type: string }).msg_type;
      types.add(type === 'stream' ? String(frames[at + 5]) : type);
    }
    expect([...types].sort()).toEqual(['execute_input', 'execute_result', 'status']);
  });
});
