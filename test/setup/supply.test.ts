import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Package {
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Package> };
const own = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string>; devDependencies: Record<string, string> };
const packages = Object.entries(lock.packages).filter(([name]) => name);

/** Licences that Graft's MIT may stand beside; LGPL and MPL parts are libraries that are used as they are. */
const COMPATIBLE = /^(MIT(-0)?|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0|Unlicense|CC0-1\.0|LGPL-3\.0-or-later|MPL-2\.0|PSF-2\.0|Zlib)$/;
/** What their metadata does not say in these words, looked up in the packages' own files. */
const NODE_LICENCES: Readonly<Record<string, string>> = { h5wasm: 'BSD-3-Clause' };
const PYTHON_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(BSD License|3-Clause BSD License)$/, 'BSD-3-Clause'],
  [/^MIT License$/, 'MIT'],
  [/^(Apache Software License|Apache License,? (Version )?2\.0|Apache 2\.0)$/, 'Apache-2.0'],
  [/^ISC License \(ISCL\)$/, 'ISC'],
  [/^Python Software Foundation License$/, 'PSF-2.0'],
  [/^Mozilla Public License 2\.0 \(MPL 2\.0\)$/, 'MPL-2.0'],
];
const PYTHON_LICENCES: Readonly<Record<string, string>> = { namex: 'Apache-2.0' };

/** One of alternatives, or all of several, is compatible. */
const compatible = (licence: string): boolean => {
  const bare = licence.replace(/[()]/g, '');
  return bare.includes(' OR ') ? bare.split(' OR ').some((one) => COMPATIBLE.test(one)) : bare.split(/ AND |; /).every((one) => COMPATIBLE.test(one));
};

describe('the supply chain', () => {
  it('has an integrity hash for every npm package', () => {
    expect(packages.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? '')).map(([name]) => name)).toEqual([]);
  });

  it('runs no install script of any package', () => {
    expect(readFileSync('.npmrc', 'utf8')).toContain('ignore-scripts=true');
  });

  it('pins every Python package with hashes', () => {
    for (const file of ['src/setup/requirements.txt', 'src/setup/requirements-cuda.txt']) {
      const entries = readFileSync(file, 'utf8').replace(/^#.*$/gm, '').split(/\n(?=\S)/).filter((entry) => entry.trim()); // prettier-ignore
      expect(entries.length).toBeGreaterThan(80);
      for (const entry of entries) expect(entry).toMatch(/^[\w.-]+(\[[\w-]+\])?==\S+.*\\\n(\s+--hash=sha256:[0-9a-f]{64}( \\\n|\s*$))+/);
    }
    const [pinned, asked] = ['requirements.txt', 'requirements.in'].map((name) => readFileSync(`src/setup/${name}`, 'utf8'));
    for (const [, name] of asked.matchAll(/^([a-z]\S*==[\d.]+)/gm)) expect(pinned).toContain(`${name} `);
  });

  it('has licences that are compatible with MIT, npm’s and Python’s', () => {
    const licenceOf = ([name, { license }]: [string, Package]): string => NODE_LICENCES[name.split('node_modules/').at(-1)!] ?? license ?? 'none';
    expect(packages.filter((entry) => !compatible(licenceOf(entry))).map((entry) => `${entry[0]}: ${licenceOf(entry)}`)).toEqual([]);
    if (!existsSync('.venv/bin/python')) return;
    const script = `
from importlib.metadata import distributions
import json
said = {}
for d in distributions():
    m = d.metadata
    said[m['Name']] = m.get('License-Expression') or '; '.join(c.split(' :: ')[-1] for c in m.get_all('Classifier', []) if c.startswith('License')) or (m.get('License') or '')
print(json.dumps(said))`;
    const said = JSON.parse(execFileSync('.venv/bin/python', ['-c', script], { encoding: 'utf8' })) as Record<string, string>;
    const words = (licence: string): string => PYTHON_WORDS.find(([pattern]) => pattern.test(licence))?.[1] ?? licence;
    const wrong = Object.entries(said).filter(([name, licence]) => !compatible(PYTHON_LICENCES[name] ?? licence.split('; ').map(words).join(' AND ')));
    expect(wrong).toEqual([]);
    expect(Object.keys(said).length).toBeGreaterThan(80);
  });

  it('is explained: docs/dependencies.md names every direct dependency', () => {
    const text = readFileSync('docs/dependencies.md', 'utf8');
    const python = [...readFileSync('src/setup/requirements.in', 'utf8').matchAll(/^([a-z]+)==/gm)].map(([, name]) => name);
    for (const name of [...Object.keys({ ...own.dependencies, ...own.devDependencies }), ...python]) expect(text, name).toContain(`\`${name}\``);
  });
});
