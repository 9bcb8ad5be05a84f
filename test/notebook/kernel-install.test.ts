import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

let home: string;
beforeEach(() => void (home = mkdtempSync(path.join(os.tmpdir(), 'home-'))));
afterEach(() => rmSync(home, { recursive: true }));

it("offers the kernel to the user's own Jupyter, and takes back only its own", () => {
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, HOME: home };
  const install = (...args: string[]) =>
    spawnSync(process.execPath, ['src/notebook/jupyter/kernel-install.mjs', ...args], { encoding: 'utf8', env });
  expect(install().stdout).toContain(`offered to your Jupyter from ${home}`);
  const list = (): Record<string, { resource_dir: string }> =>
    (
      JSON.parse(
        execFileSync('.venv/bin/python', ['-m', 'jupyter', 'kernelspec', 'list', '--json'], {
          encoding: 'utf8',
          env,
          stdio: ['ignore', 'pipe', 'ignore'],
        }),
      ) as { kernelspecs: Record<string, { resource_dir: string }> }
    ).kernelspecs;
  const { resource_dir: folder } = list().graft;
  const file = path.join(folder, 'kernel.json');
  const { argv, display_name: name } = JSON.parse(readFileSync(file, 'utf8')) as {
    argv: string[];
    display_name: string;
  };
  expect(name).toBe('TypeScript (Graft)'); // as in `npm run lab`
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['logo-32x32.png', 'logo-64x64.png', 'logo-svg.svg']));
  expect(argv).toEqual([
    process.execPath,
    '--heap-growing-percent=50',
    '--max-old-space-size=4096',
    path.resolve('src/notebook/kernel/start.cjs'),
    '{connection_file}',
  ]);
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(process.cwd(), '/elsewhere'));
  expect(install('--uninstall')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('belongs to another copy') as string,
  });
  install();
  expect(install('--uninstall').stdout).toContain('removed from');
  expect(list().graft).toBeUndefined();

  env.GRAFT_DATA = 'large';
  const beside = path.join(home, 'an environment');
  expect(install('--prefix', beside).stdout).toContain(
    `npm run kernel:uninstall -- --prefix "${beside}"\` takes it back`,
  );
  const spec = readFileSync(path.join(beside, 'share/jupyter/kernels/graft/kernel.json'), 'utf8');
  expect(JSON.parse(spec)).toMatchObject({ env: { GRAFT_DATA: path.resolve('large') } });
  for (const wrong of [['--prefix'], ['--prefix='], ['--prefx', home]]) expect(install(...wrong).status).toBe(2);
});
