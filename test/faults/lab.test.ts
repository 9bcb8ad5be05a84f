import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let home: string;
let elsewhere: string;
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

/** What an image for many users configures: open to all. */
const OPEN = { ServerApp: { ip: '0.0.0.0', token: '', allow_unauthenticated_access: true, disable_check_xsrf: true } };
const CONFIGS = ['jupyter_config.json', 'jupyter_server_config.json', 'jupyter_lab_config.json'];

/** A file system of its own over this machine's configuration, which only root may mount. */
const SYSTEM = '/usr/local/etc';
const mounts = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', SYSTEM]).status === 0;

/** Starts JupyterLab amid configuration of others' that opens it to all, as a user who has set nothing for it. */
function start(...args: string[]): ChildProcess {
  const config = path.join(elsewhere, 'jupyter');
  mkdirSync(config, { recursive: true });
  const open = { ...OPEN, IdentityProvider: { token: '' }, PasswordIdentityProvider: { token: '' } };
  for (const name of CONFIGS) writeFileSync(path.join(config, name), JSON.stringify(open));
  const env = {
    ...process.env,
    HOME: home,
    XDG_CONFIG_HOME: undefined,
    XDG_DATA_HOME: undefined,
    DISPLAY: undefined,
    JUPYTER_CONFIG_DIR: config,
    JUPYTER_CONFIG_PATH: config,
    JUPYTER_PATH: config,
    JUPYTER_TOKEN: KNOWN,
    JUPYTER_PORT: '80',
    JUPYTER_SERVER_ALLOW_UNAUTHENTICATED_ACCESS: 'true',
    JUPYTER_GATEWAY_URL: 'http://127.0.0.1:1',
    PYTHONPATH: elsewhere,
    PYTHONUSERBASE: elsewhere,
  };
  // a module that everybody imports, in the way of Python's
  writeFileSync(path.join(elsewhere, 'tornado.py'), 'raise SystemExit("PYTHONPATH was read")\n');
  const lab = [process.execPath, 'src/notebook/jupyter/lab.mjs', ...args];
  const mount = `mount -t tmpfs none ${SYSTEM} && cp -r "$0" ${SYSTEM}/jupyter && exec "$@"`;
  const [command, ...all] = mounts ? ['unshare', '-m', 'sh', '-c', mount, config, ...lab] : lab;
  return spawn(command, all, { env, stdio: ['ignore', 'pipe', 'pipe'] });
}
const KNOWN = 'a-token-that-others-know';

/** Waits for the address that it prints. */
const addressOf = (lab: ChildProcess): Promise<{ readonly address: URL; readonly text: string }> =>
  new Promise((resolve, reject) => {
    let text = '';
    const take = (chunk: unknown): void => {
      text += String(chunk);
      const match = /^ {4}(http:\S+)\n.*ends it/m.exec(text);
      if (match) resolve({ address: new URL(match[1]), text });
    };
    lab.stdout!.on('data', take);
    lab.stderr!.on('data', take);
    lab.once('exit', () => reject(new Error(text)));
  });

async function end(lab: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => lab.once('exit', resolve));
  lab.kill('SIGTERM');
  await ended;
}

describe('npm run lab', () => {
  beforeAll(async () => {
    home = mkdtempSync(path.join(os.tmpdir(), 'lab-home-'));
    elsewhere = mkdtempSync(path.join(os.tmpdir(), 'lab-elsewhere-'));
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    taken = (blocker.address() as AddressInfo).port;
    child = start(`--ServerApp.port=${taken}`);
    ({ address, text: said } = await addressOf(child));
  }, 60_000);
  afterAll(async () => {
    await end(child);
    blocker.close();
    for (const folder of [home, elsewhere]) rmSync(folder, { recursive: true });
  });

  it('takes the next port where one is in use', () => {
    expect(Number(address.port)).not.toBe(taken);
  });

  it('says where it is to be found, calmly', () => {
    const lines = said.split('\n').filter((line) => line.trim() && !line.includes('running as root'));
    expect(lines).toEqual([
      'lab: starting JupyterLab …',
      'lab: JupyterLab runs on this machine only, with a token:',
      `    ${address.href}`,
      'Ctrl-C ends it.',
    ]);
    expect(address.searchParams.get('token')).toMatch(/^[0-9a-f]{48}$/);
  });

  it('listens on this machine only, whatever an administrator or an image has configured', () => {
    const at = listening(Number(address.port));
    expect(at.length).toBeGreaterThan(0);
    for (const local of at) expect(['0100007F', '00000000000000000000000001000000']).toContain(local); // 127.0.0.1, ::1
  });

  it('answers with its token only', async () => {
    const contents = (token = ''): Promise<Response> => fetch(new URL(`/api/contents?token=${token}`, address.origin));
    expect((await contents()).status).toBe(403);
    expect((await contents('0'.repeat(48))).status).toBe(403);
    expect((await contents(KNOWN)).status).toBe(403);
    expect((await contents(address.searchParams.get('token')!)).status).toBe(200);
    const kernels = (await (
      await fetch(new URL(`/api/kernelspecs?token=${address.searchParams.get('token')}`, address.origin))
    ).json()) as { default: string };
    expect(kernels.default).toBe('graft');
  });

  it('touches nothing of the user’s, and says so where it runs as root', () => {
    expect(readdirSync(home)).toEqual([]);
    if (process.getuid?.() === 0)
      expect(said).toContain('running as root (in a container?), so JupyterLab is started with --allow-root.');
  });

  it('does what its own arguments say, and says what that comes to', async () => {
    const lab = start('--ServerApp.ip=0.0.0.0', '--IdentityProvider.token=', `--ServerApp.port=${taken + 7}`);
    try {
      const open = await addressOf(lab);
      expect(open.text).toMatch(/runs on 0\.0\.0\.0, where OTHER MACHINES reach it, and asks for NO TOKEN: whoever/);
      const contents = await fetch(`http://127.0.0.1:${open.address.port}/api/contents`);
      expect(contents.status).toBe(200);
    } finally {
      await end(lab);
    }
  });
});
