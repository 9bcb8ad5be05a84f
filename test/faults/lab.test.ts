import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let home: string;
let child: ChildProcess;
let said = '';
let taken: number;
const blocker = createServer();
let address: URL;

/** What listens on this machine, by port: the local addresses in /proc/net/tcp and tcp6 (proc(5)). */
const listening = (port: number): string[] =>
  ['tcp', 'tcp6'].flatMap((family) =>
    readFileSync(`/proc/net/${family}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => state === '0A' && parseInt(local.split(':')[1], 16) === port)
      .map(([, local]) => local.split(':')[0]),
  );

describe('npm run lab', () => {
  beforeAll(async () => {
    home = mkdtempSync(path.join(os.tmpdir(), 'lab-home-'));
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    taken = (blocker.address() as AddressInfo).port;
    const env = {
      ...process.env,
      HOME: home,
      XDG_CONFIG_HOME: undefined,
      XDG_DATA_HOME: undefined,
      JUPYTER_CONFIG_DIR: undefined,
      DISPLAY: undefined,
    };
    child = spawn(process.execPath, ['src/notebook/lab.mjs', `--ServerApp.port=${taken}`], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const found = new Promise<URL>((resolve, reject) => {
      const take = (chunk: unknown): void => {
        said += String(chunk);
        const match = /http:\/\/(?:127\.0\.0\.1|localhost):\d+\/lab\S*\?token=[0-9a-f]+/.exec(said);
        if (match) resolve(new URL(match[0]));
      };
      child.stdout!.on('data', take);
      child.stderr!.on('data', take);
      child.once('exit', () => reject(new Error(said)));
    });
    address = await found;
  }, 60_000);
  afterAll(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    blocker.close();
    rmSync(home, { recursive: true });
  });

  it('takes the next port where one is in use', () => {
    expect(Number(address.port)).not.toBe(taken);
  });

  it('says where it is to be found, calmly', () => {
    const lines = said.split('\n').filter((line) => line.trim() && !line.includes('this is root'));
    const access = 'To access the server, open this file in a browser:';
    expect(lines.slice(0, 3).map((line) => line.trim())).toEqual([
      expect.stringMatching(/^lab: starting JupyterLab/),
      expect.stringMatching(/^\[C .* ServerApp\]$/),
      access,
    ]);
    expect(lines.length).toBeLessThanOrEqual(7); // then a file, and its two addresses
  });

  it('listens on this machine only', async () => {
    let at: string[] = [];
    for (let i = 0; i < 100 && !at.length; i++) {
      at = listening(Number(address.port)); // its address is printed a moment before it listens
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(at.length).toBeGreaterThan(0);
    for (const local of at) expect(['0100007F', '00000000000000000000000001000000']).toContain(local); // 127.0.0.1, ::1
  });

  it('answers with its token only', async () => {
    const contents = (token = ''): Promise<Response> => fetch(new URL(`/api/contents?token=${token}`, address.origin));
    expect((await contents()).status).toBe(403);
    expect((await contents('0'.repeat(48))).status).toBe(403);
    expect((await contents(address.searchParams.get('token')!)).status).toBe(200);
    const kernels = (await (
      await fetch(new URL(`/api/kernelspecs?token=${address.searchParams.get('token')}`, address.origin))
    ).json()) as { default: string };
    expect(kernels.default).toBe('graft');
  });

  it('touches nothing of the user’s, and says so where it runs as root', () => {
    expect(readdirSync(home)).toEqual([]);
    if (process.getuid?.() === 0)
      expect(said).toContain('this is root (a container?); JupyterLab is started with --allow-root, on localhost only');
  });
});
