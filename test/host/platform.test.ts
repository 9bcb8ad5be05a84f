import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  howToInstallPython,
  jupyterFolder,
  npmCommand,
  packagesOf,
  programsOf,
  pythonCommands,
  pythonOf,
} from '../../src/platform.mjs';
import { renameOver } from '../../src/storage/files/rename-over.ts';

const [linux, mac, windows] = (['linux', 'darwin', 'win32'] as const).map((platform) => ({ platform }));

describe('what differs between systems', () => {
  it('is where an environment keeps Python, its programs and its packages', () => {
    expect(pythonOf('/my env', linux)).toBe('/my env/bin/python');
    expect(pythonOf('/my env', mac)).toBe('/my env/bin/python');
    expect(pythonOf('C:\\my env', windows)).toBe('C:\\my env\\Scripts\\python.exe');
    expect(programsOf('C:\\my env', windows)).toBe('C:\\my env\\Scripts');
    expect(packagesOf('C:\\my env', windows)).toBe('C:\\my env\\Lib\\site-packages');
    const folder = mkdtempSync(path.join(os.tmpdir(), 'platform-'));
    expect(packagesOf(folder, linux)).toBe(path.join(folder, 'lib/python3/site-packages'));
    mkdirSync(path.join(folder, 'lib/python3.12'), { recursive: true });
    expect(packagesOf(folder, linux)).toBe(path.join(folder, 'lib/python3.12/site-packages'));
    rmSync(folder, { recursive: true });
  });

  it('is how Python is called: on Windows by its launcher, and the user’s own comes first', () => {
    const first = (system: Parameters<typeof pythonCommands>[0]): readonly string[] => pythonCommands(system)[0];
    expect(first({ ...linux, env: {} })).toEqual(['python3']);
    expect(first({ ...windows, env: {} })).toEqual(['py', '-3']);
    for (const system of [linux, mac, windows])
      expect(first({ ...system, env: { PYTHON: '/opt/python' } })).toEqual(['/opt/python']);
    expect([linux, mac, windows].map(howToInstallPython)).toEqual([
      expect.stringContaining('apt install'),
      expect.stringContaining('brew install'),
      expect.stringContaining('winget install'),
    ]);
  });

  it('is how npm is called: on Windows never by its batch file, which Node.js does not start', () => {
    const node = 'C:\\Program Files\\nodejs\\node.exe';
    const beside = 'C:\\Program Files\\nodejs\\node_modules\\npm\\bin\\npm-cli.js';
    expect(npmCommand({ ...windows, env: {}, node, exists: (file) => file === beside })).toEqual([node, beside]);
    expect(npmCommand({ ...windows, env: {}, node, exists: () => false })).toEqual(['npm']);
    expect(npmCommand({ ...linux, env: {}, node: '/usr/bin/node', exists: () => true })).toEqual(['npm']);
    const env = { npm_execpath: '/usr/lib/npm/bin/npx-cli.js' };
    expect(npmCommand({ ...linux, env, node: '/usr/bin/node' })).toEqual([
      '/usr/bin/node',
      '/usr/lib/npm/bin/npm-cli.js',
    ]);
  });

  it('is where Jupyter looks for a user’s kernels', () => {
    expect(jupyterFolder({ ...linux, env: {}, home: '/home/ä b' })).toBe('/home/ä b/.local/share/jupyter');
    expect(jupyterFolder({ ...linux, env: { XDG_DATA_HOME: '/x' }, home: '/h' })).toBe('/x/jupyter');
    expect(jupyterFolder({ ...mac, env: {}, home: '/Users/a' })).toBe('/Users/a/Library/Jupyter');
    const env = { APPDATA: 'C:\\Users\\a b\\AppData\\Roaming' };
    expect(jupyterFolder({ ...windows, env, home: 'C:\\Users\\a b' })).toBe(
      'C:\\Users\\a b\\AppData\\Roaming\\jupyter',
    );
    for (const system of [linux, mac, windows])
      expect(jupyterFolder({ ...system, env: { JUPYTER_DATA_DIR: 'own' }, home: 'h' })).toBe('own');
  });

  it('is whether a file that somebody has open can be replaced: on Windows it is tried again', () => {
    const after = (failures: number, code: string) => {
      let tried = 0;
      const rename = (): void => {
        if (tried++ < failures) throw Object.assign(new Error(code), { code });
      };
      return { rename, tries: () => tried };
    };
    const busy = after(3, 'EPERM');
    renameOver('a', 'b', { ...windows, rename: busy.rename });
    expect(busy.tries()).toBe(4);
    for (const [system, code] of [
      [linux, 'EPERM'],
      [windows, 'ENOENT'],
    ] as const) {
      const refused = after(3, code);
      expect(() => renameOver('a', 'b', { ...system, rename: refused.rename })).toThrow(code);
      expect(refused.tries()).toBe(1);
    }
  });
});
