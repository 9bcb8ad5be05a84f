import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Package {
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}
const lockOf = (folder: string): Record<string, Package> =>
  (JSON.parse(readFileSync(`${folder}/package-lock.json`, 'utf8')) as { packages: Record<string, Package> }).packages;
const own = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
const s3 = JSON.parse(readFileSync('src/storage/places/s3/package.json', 'utf8')) as {
  dependencies: Record<string, string>;
};
// the second only for who asks for `s3://`
const packages = ['.', 'src/storage/places/s3'].flatMap((folder) =>
  Object.entries(lockOf(folder)).filter(([name]) => name),
);

/** Licences that Graft's MIT may stand beside; LGPL and MPL parts are libraries that are used as they are. */
const COMPATIBLE =
  /^(MIT(-0|-CMU)?|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0|Unlicense|CC0-1\.0|LGPL-3\.0(-or-later)?|MPL-2\.0|PSF-2\.0|Python-2\.0|Zlib)$/;
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

/** The files of requirements: what is asked for, and what is pinned for it. */
const requirements = readdirSync('src/setup/requirements')
  .filter((name) => name.endsWith('.in'))
  .map((name) => ({
    name,
    asked: readFileSync(`src/setup/requirements/${name}`, 'utf8'),
    pinned: readFileSync(`src/setup/requirements/${name.replace('.in', '.txt')}`, 'utf8'),
  }));

/** One of alternatives, or all of several, is compatible. */
const compatible = (licence: string): boolean => {
  const bare = licence.replace(/[()]/g, '');
  return bare.includes(' OR ')
    ? bare.split(' OR ').some((one) => COMPATIBLE.test(one))
    : bare.split(/ AND |; /).every((one) => COMPATIBLE.test(one));
};

describe('the supply chain', () => {
  it('has an integrity hash for every npm package', () => {
    expect(packages.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? '')).map(([name]) => name)).toEqual([]);
  });

  it('runs no install script of any package', () => {
    expect(readFileSync('.npmrc', 'utf8')).toContain('ignore-scripts=true');
  });

  it('pins every Python package with hashes', () => {
    expect(requirements.map(({ name }) => name).join()).toMatch(/cuda.*jupyter.*peers.*tensorflow/);
    for (const { name: file, asked, pinned } of requirements) {
      const entries = pinned
        .replace(/^#.*$/gm, '')
        .split(/\n(?=\S)/)
        .filter((entry) => entry.trim());
      for (const entry of entries)
        expect(entry).toMatch(/^[\w.-]+==\S+.*\\\n(\s+--hash=sha256:[0-9a-f]{64}( \\\n|\s*$))+/);
      for (const [, name] of asked.matchAll(/^([a-z]\S*==[\d.]+)/gm)) expect(pinned, file).toContain(`${name} `);
      for (const [, name] of asked.matchAll(/^([\w-]+)/gm)) expect(pinned, file).toContain(`\n${name}==`);
    }
  });

  it('has licences that are compatible with MIT, npm’s and Python’s', () => {
    const licenceOf = ([name, { license }]: [string, Package]): string =>
      NODE_LICENCES[name.split('node_modules/').at(-1)!] ?? license ?? 'none';
    expect(
      packages.filter((entry) => !compatible(licenceOf(entry))).map((entry) => `${entry[0]}: ${licenceOf(entry)}`),
    ).toEqual([]);
    const script = `
from importlib.metadata import distributions
import json
said = {}
for d in distributions():
    m = d.metadata
    said[m['Name']] = m.get('License-Expression') or '; '.join(c.split(' :: ')[-1] for c in m.get_all('Classifier', []) if c.startswith('License')) or (m.get('License') or '')
print(json.dumps(said))`;
    const environments = ['.venv/bin/python', '.venv/peers/bin/python'].filter((python) => existsSync(python));
    if (!environments.length) return;
    const said = environments.map((python) => execFileSync(python, ['-c', script], { encoding: 'utf8' }));
    // what is pinned: not what a user adds, nor PyTorch and its, nor NVIDIA's packages on a machine with a GPU
    const names = requirements.flatMap(({ pinned }) => pinned.match(/^(?!nvidia-)[\w.-]+(?===)/gm) ?? []);
    const licences = said
      .flatMap((text) => Object.entries(JSON.parse(text) as Record<string, string>))
      .filter(([name]) => names.includes(name.toLowerCase().replaceAll(/[-_.]+/g, '-')));
    const words = (licence: string): string => PYTHON_WORDS.find(([pattern]) => pattern.test(licence))?.[1] ?? licence;
    const read = ([name, licence]: [string, string]): string =>
      PYTHON_LICENCES[name] ?? licence.split('; ').map(words).join(' AND ');
    expect(licences.filter((entry) => !compatible(read(entry)))).toEqual([]);
    expect(licences.length).toBeGreaterThan(80);
  });

  it('is explained: docs/dependencies.md names every direct dependency', () => {
    const text = readFileSync('docs/dependencies.md', 'utf8');
    const python = requirements.flatMap(({ asked }) =>
      [...asked.matchAll(/^([a-z]+)(?:==.*)?$/gm)].map(([, name]) => name),
    );
    for (const name of [...Object.keys({ ...own.dependencies, ...own.devDependencies, ...s3.dependencies }), ...python])
      expect(text, name).toContain(`\`${name}\``);
  });
});
