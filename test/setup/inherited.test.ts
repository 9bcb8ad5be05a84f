import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { jupyterEnvironment } from '../../src/notebook/jupyter/jupyter-environment.mjs';
import { rayEnvironment } from '../../src/cluster/ray-environment.ts';
import { pipEnvironment, pythonEnvironment } from '../../src/setup/inherited.mjs';
import { npmCi } from '../../src/setup/parts/npm-packages.mjs';
import { LIBRARIES, project } from './project.ts';

const elsewhere = mkdtempSync(path.join(os.tmpdir(), 'inherited-'));
afterAll(() => rmSync(elsewhere, { recursive: true }));
afterEach(() => void vi.unstubAllEnvs());
const at = (...names: string[]): string => path.join(elsewhere, ...names);
const PYTHON = '.venv/bin/python';
const use = (env: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
};

/** What users and images set for themselves: each alone broke the set-up, or wrote elsewhere. */
const OTHERS = {
  PIP_TARGET: at('target'),
  PIP_PREFIX: at('prefix'),
  PIP_ROOT: at('root'),
  PIP_DRY_RUN: '1',
  PIP_USER: '1',
  PIP_NO_DEPS: '1',
  PIP_REQUIRE_VIRTUALENV: '1',
  PIP_CONSTRAINT: at('constraints.txt'),
  PYTHONPATH: at('path'),
  PYTHONHOME: at('home'),
  PYTHONUSERBASE: at('userbase'),
};

describe('what is inherited', () => {
  it('by the set-up: none of pip’s and Python’s settings of where and how; packages are where they belong, and nowhere else', async () => {
    const other = project();
    try {
      // as a file of the user's too
      mkdirSync(path.join(other.root, '.config/pip'), { recursive: true });
      writeFileSync(path.join(other.root, '.config/pip/pip.conf'), `[install]\ntarget = ${at('conf')}\n`);
      mkdirSync(at('path'), { recursive: true });
      writeFileSync(at('path/encodings.py'), 'raise SystemExit("PYTHONPATH was read")');
      expect(await other.setUp(undefined, OTHERS)).toMatchObject({ status: 0, stderr: '' });
      const there = other.files().map((line) => line.split(' ')[0]);
      for (const file of ['lab/server.py', ...LIBRARIES])
        expect(there).toContainEqual(expect.stringMatching(new RegExp(`^\\.venv/lib/.*/site-packages/${file}$`)));
      expect(readdirSync(elsewhere)).toEqual(['path']);
    } finally {
      rmSync(other.root, { recursive: true });
    }
  }, 600_000);

  it('by pip: where packages come from, and how that is reached, from variables and files', () => {
    writeFileSync(
      at('pip.conf'),
      '[global]\nindex-url = https://of-a-file/simple\nproxy = http://proxy:1\n[install]\ntarget = x\n',
    );
    use({
      ...OTHERS,
      PIP_CONFIG_FILE: at('pip.conf'),
      PIP_EXTRA_INDEX_URL: 'https://user:word@more/simple',
      PIP_CERT: '/a.pem',
    });
    const env = pipEnvironment(PYTHON) as NodeJS.ProcessEnv;
    expect(env).toMatchObject({
      PIP_INDEX_URL: 'https://of-a-file/simple',
      PIP_EXTRA_INDEX_URL: 'https://user:word@more/simple',
      PIP_PROXY: 'http://proxy:1',
      PIP_CERT: '/a.pem',
      PYTHONNOUSERSITE: '1',
    });
    for (const name of Object.keys(OTHERS)) expect(env, name).not.toHaveProperty(name);
    const told = execFileSync(PYTHON, ['-m', 'pip', 'config', 'list'], { env, encoding: 'utf8' });
    expect(told).not.toMatch(/target|prefix|^global/m);
  });

  it('by npm: not whether, what and where it installs', async () => {
    const folder = at('npm');
    mkdirSync(path.join(folder, 'own'), { recursive: true });
    const own = { name: 'own', version: '1.0.0' };
    const whole = { name: 'whole', version: '1.0.0', devDependencies: { own: 'file:own' } };
    writeFileSync(path.join(folder, 'own/package.json'), JSON.stringify(own));
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify(whole));
    const packages = { '': whole, own: { ...own, dev: true }, 'node_modules/own': { resolved: 'own', link: true } };
    writeFileSync(
      path.join(folder, 'package-lock.json'),
      JSON.stringify({ ...whole, lockfileVersion: 3, requires: true, packages }),
    );
    use({
      npm_execpath: '',
      npm_config_dry_run: 'true',
      npm_config_global: 'true',
      npm_config_omit: 'dev',
      npm_config_prefix: at('npm-prefix'),
      npm_config_package_lock: 'false',
      npm_config_cache: at('npm-cache'),
      NODE_ENV: 'production',
    });
    await npmCi('npm', folder);
    expect(existsSync(path.join(folder, 'node_modules/own/package.json'))).toBe(true);
    expect(existsSync(at('npm-prefix'))).toBe(false);
  });

  it('by Jupyter: nothing that was set for it or for Python', () => {
    use({
      ...OTHERS,
      JUPYTER_CONFIG_PATH: '/x',
      JUPYTER_TOKEN: 'x',
      JUPYTER_PATH: '/x',
      JPY_PARENT_PID: '1',
      JUPYTERHUB_API_TOKEN: 'x',
    });
    const env = jupyterEnvironment() as NodeJS.ProcessEnv;
    const kept = Object.entries(env).filter(([name]) => /^(JUPYTER|JPY_|PYTHON[A-Z])/.test(name));
    for (const [name, value] of kept) if (name !== 'PYTHONNOUSERSITE') expect(value, name).toContain(process.cwd());
    expect(env.PIP_TARGET).toBe(OTHERS.PIP_TARGET); // of a terminal in JupyterLab, the user's own
  });

  it('by Ray’s driver: which cluster, its token and certificates; not what Ray is to run there', () => {
    use({
      ...OTHERS,
      RAY_ADDRESS: '10.0.0.5:6379',
      RAY_AUTH_MODE: 'token',
      RAY_AUTH_TOKEN: 'x',
      RAY_USE_TLS: '1',
      RAY_TLS_CA_CERT: '/ca',
      RAY_gcs_rpc_server_reconnect_timeout_s: '10',
      RAY_RUNTIME_ENV_HOOK: 'a.b',
      RAY_JOB_CONFIG_JSON_ENV_VAR: '{}',
      RAY_USAGE_STATS_ENABLED: '1',
      RAY_NAMESPACE: 'x',
    });
    const env = rayEnvironment('auto');
    const names = Object.keys(env).filter((name) => /^(RAY_|PYTHON)/.test(name));
    expect(names.sort()).toEqual([
      'PYTHONNOUSERSITE',
      'RAY_ADDRESS',
      'RAY_AUTH_MODE',
      'RAY_AUTH_TOKEN',
      'RAY_TLS_CA_CERT',
      'RAY_USE_TLS',
      'RAY_gcs_rpc_server_reconnect_timeout_s',
    ]);
    expect(rayEnvironment('10.0.0.6:6379').RAY_ADDRESS).toBeUndefined();
    const local = Object.keys(rayEnvironment('local')).filter((name) => /^RAY_(ADDRESS|AUTH|USE_TLS|TLS)/.test(name));
    expect(local).toEqual([]);
  });
});

describe('before it is stamped', () => {
  it('what pip was to install is looked at', () => {
    const file = at('requirements.txt');
    writeFileSync(
      file,
      "# pinned\nnothing-like-it==1.0 \\\n    --hash=sha256:0\npip==0.1 ; python_version < '3'\npip==0.2\n",
    );
    const look = spawnSync(PYTHON, ['-I', 'src/setup/look.py', file], { encoding: 'utf8', env: pythonEnvironment() });
    expect([look.stdout, look.status]).toEqual(['nothing-like-it\npip\n', 0]);
  });

  it('what npm was to install is looked at', async () => {
    const without = project({ npm: 'exit 0' });
    const { status, stderr } = await without.setUp();
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /npm packages: expected npm's packages in .*node_modules\/@tensorflow\/tfjs, .* \(2 of them\) are not there/,
    );
    expect(existsSync(path.join(without.root, 'node_modules/.graft-packages'))).toBe(false);
    rmSync(without.root, { recursive: true });
  });
});
