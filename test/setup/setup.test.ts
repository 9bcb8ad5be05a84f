import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openvinoWheel } from '../../src/openvino.mjs';

let root: string;
/** More of the environment that the set-up runs in. */
let env: Record<string, string>;

beforeEach(() => {
  env = {};
  root = mkdtempSync(path.join(os.tmpdir(), 'setup-'));
  cpSync('src/setup', path.join(root, 'src/setup'), { recursive: true });
  for (const file of ['text/addresses.mjs', 'platform.mjs']) cpSync(`src/${file}`, path.join(root, 'src', file));
  for (const file of ['home.mjs', 'openvino.mjs', 'packages.mjs']) cpSync(`src/${file}`, path.join(root, 'src', file));
  const packages = { 'node_modules/@tensorflow/tfjs-node-gpu': {} };
  writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify({ packages }));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Runs the set-up in a copy of the project with just the given programs on PATH. */
function setUp(programs: Record<string, string>, ...args: string[]) {
  const bin = path.join(root, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
  if (!readdirSync(bin).includes('sh')) symlinkSync('/bin/sh', path.join(bin, 'sh'));
  // npm is a stub: that npm installs packages is npm's business, and CI's
  const all = { ...env, PATH: bin, HOME: root };
  const set = path.join(root, 'src/setup/setup.mjs');
  return spawnSync(process.execPath, [set, ...args], { encoding: 'utf8', env: all });
}

/** OpenVINO's library is a step where there is one for the system. */
const openvino = openvinoWheel() ? 'OpenVINO library, ' : '';
const NPM = '/bin/mkdir -p node_modules/@tensorflow/tfjs-node-gpu';

describe('set-up', () => {
  it('says what is missing', () => {
    const { status, stdout } = setUp({}, '--check');
    expect(status).toBe(1);
    expect(stdout).toBe(
      `set-up: missing: npm packages, ${openvino}Python environment, TensorFlow binding, Graft's parts in Jupyter\n`,
    );
  });

  it('fetches TensorFlow’s library only where a compiler can link it, and Keras only where asked to', () => {
    const { stdout } = setUp({ 'g++': 'exit 0' }, '--check', '--peers', '--no-openvino');
    const steps = 'npm packages, Python environment, TensorFlow library, TensorFlow binding, Keras and NumPy';
    expect(stdout).toBe(`set-up: missing: ${steps}, Graft's parts in Jupyter\n`);
  });

  it('tells of everything that failed, keeps all of it in a log, and goes on where it was', () => {
    const python = 'if [ "$1" = -c ]; then echo 3.11; else echo "no ensurepip"; exit 1; fi';
    const { status, stderr } = setUp({ npm: 'echo "no registry"; exit 7', python3: python });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^\nset-up stopped: npm packages failed \(exit code 7\)/);
    expect(stderr).toMatch(/no registry\n\nAll of it: \.venv\/setup\.log\n/);
    expect(stderr).toContain('Python 3.11 environment failed (exit code 1)');
    const log = readFileSync(path.join(root, '.venv/setup.log'), 'utf8');
    for (const said of ['no registry', 'no ensurepip']) expect(log).toContain(said);
    expect(setUp({ npm: NPM, python3: python }).stdout).toContain('npm packages: done');
    expect(setUp({}, '--check').stdout).not.toContain('npm packages');
  });

  it('says what to do if no registry is reached, by npm or by pip, and if its folder cannot be written', () => {
    const python =
      'if [ "$1" = -c ]; then echo 3.11; else echo "[Errno 111] Failed to establish a new connection"; exit 1; fi';
    const refused = setUp({ npm: 'echo "npm error code ECONNREFUSED"; exit 1', python3: python });
    expect(
      refused.stderr.match(/A registry of packages was not reached: .*HTTPS_PROXY=http:\/\/HOST:PORT/g),
    ).toHaveLength(2);
    // what npm and pip say if a proxy answers CONNECT with 403
    const npm = 'echo "npm error code E403"; exit 1';
    const pip = 'if [ "$1" = -c ]; then echo 3.11; else echo "Tunnel connection failed: 403 Forbidden"; exit 1; fi';
    env.HTTPS_PROXY = 'http://me:secret@proxy.example:3128';
    const behind = setUp({ npm, python3: pip });
    expect(
      behind.stderr.match(/through a proxy, HTTPS_PROXY=http:\/\/\*\*\*@proxy\.example:3128, which/g),
    ).toHaveLength(2);
    expect(behind.stderr).not.toContain('secret');

    rmSync(path.join(root, '.venv'), { recursive: true });
    writeFileSync(path.join(root, '.venv'), 'a file'); // root may write in any folder
    const { status, stderr } = setUp({ npm: NPM });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^\nset-up stopped: expected a folder that can be written, .*setup-\w+; E\w+: .*\.venv'\.\n$/,
    );
  });

  it('names the versions of Python that will do', () => {
    const { status, stderr } = setUp({ npm: NPM, python3: 'echo 3.8' });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /Graft needs Python 3\.10 to 3\.13 .*; python3 is 3\.8\. On Debian or Ubuntu: sudo apt install python3 python3-venv/,
    );
    expect(setUp({ npm: NPM, python3: 'exit 1' }).stderr).toContain('none was found');
  });

  it('names the Debian package when venv does not work', () => {
    const { status, stderr } = setUp({
      npm: NPM,
      python3: 'if [ "$1" = -c ]; then echo 3.11; else echo "ensurepip is not available" >&2; exit 1; fi',
    });
    expect(status).toBe(1);
    expect(stderr).toContain('ensurepip is not available');
    expect(stderr).toContain('sudo apt install python3.11-venv (or python3-venv), then run the same command again');
  });

  it('goes on where it was, and warns once when there is neither compiler nor download', () => {
    const python = [
      'if [ "$1" = -c ]; then echo 3.11; exit 0; fi',
      `if [ "$2" = venv ]; then /bin/mkdir -p "$3/bin"; printf '#!/bin/sh\\n[ "$1" = -c ] && echo "[]"\\nexit 0\\n' > "$3/bin/python"; /bin/chmod +x "$3/bin/python"; fi`,
    ].join('\n');
    const first = setUp({ npm: NPM, python3: python });
    expect(first.stderr).toContain("Warning: TensorFlow's native library could not be linked");
    expect(first.stderr).toContain('plain JavaScript: results are right, but it is much slower');
    expect(first.status).toBe(0);
    expect(first.stdout).toContain('set-up: complete');
    const second = setUp({ npm: 'exit 9', python3: 'exit 9' });
    expect(second).toMatchObject({ status: 0, stdout: 'set-up: complete\n', stderr: '' });
    // a changed lockfile is another set-up
    writeFileSync(path.join(root, 'package-lock.json'), '{}');
    expect(setUp({ npm: NPM }, '--check').stdout).toContain('missing: npm packages');
  });
});
