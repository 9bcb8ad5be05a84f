import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newProject } from '../../src/setup/new/new-project.mjs';
import { node } from '../process.ts';

let root: string;
let installedIn: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'new ä#%-')));
  installedIn = path.join(root, 'installed');
  mkdirSync(installedIn);
  for (const name of ['a.tgz', 'b.tgz']) writeFileSync(path.join(root, name), name);
  depend({ 'graft-ml': 'file:../a.tgz', 'graft-ml-data': `file:${path.join(root, 'b.tgz')}` });
});
afterEach(() => rmSync(root, { recursive: true }));

const depend = (dependencies: Record<string, string>): void =>
  writeFileSync(path.join(installedIn, 'package.json'), JSON.stringify({ dependencies }));

describe('a new project', () => {
  it('has all that it needs inside it, and asks no registry for Graft', () => {
    const folder = path.join(root, 'Größe #1');
    expect(newProject(folder, { installedIn })).toMatch(/npm install[\s\S]*npx graft setup[\s\S]*npx graft lab/);
    expect(readdirSync(folder).sort()).toEqual(
      [
        '.devcontainer',
        '.gitattributes',
        '.gitignore',
        'README.md',
        'package.json',
        'start.ipynb',
        'tsconfig.json',
        'vendor',
      ].sort(),
    );
    expect(JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))).toMatchObject({
      name: 'gro-e-1',
      private: true,
      dependencies: { 'graft-ml': 'file:vendor/a.tgz', 'graft-ml-data': 'file:vendor/b.tgz' },
    });
    expect(readFileSync(path.join(folder, 'vendor/b.tgz'), 'utf8')).toBe('b.tgz');
    expect(readFileSync(path.join(folder, '.gitignore'), 'utf8')).toContain('.graft/\n');
  });

  it('begins in an empty folder, and touches none that holds something', () => {
    const folder = path.join(root, 'mine');
    mkdirSync(folder);
    newProject(folder, { installedIn });
    expect(() => newProject(folder, { installedIn })).toThrow(/expected a new or an empty folder; .*mine holds /);
    expect(() => newProject(root, { installedIn })).toThrow(/expected a new or an empty folder/);
  });

  it('is refused, and nothing written, where Graft was installed by a name or its tarball is gone', () => {
    const folder = path.join(root, 'mine');
    const both = { 'graft-ml': 'file:../a.tgz', 'graft-ml-data': 'file:../b.tgz' };
    for (const wrong of [
      { 'graft-ml': '^0.1.0' },
      { 'graft-ml-data': 'file:../gone.tgz' },
      { 'graft-ml': 'file:../a' },
    ]) {
      depend({ ...both, ...wrong });
      expect(() => newProject(folder, { installedIn })).toThrow(
        `expected ${Object.keys(wrong)[0]} to be installed from`,
      );
    }
    expect(readdirSync(root)).not.toContain('mine');
  });

  it('is refused in plain words by the command, in a clone too', async () => {
    for (const args of [[], ['a', 'b'], ['--force']])
      expect((await node(['src/graft.mjs', 'new', ...args])).stderr).toContain(
        'graft new: expected the name of a folder',
      );
    const { status, stderr } = await node(['src/graft.mjs', 'new', path.join(root, 'mine')]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^graft new: expected graft-ml to be installed from a tarball.*`npm pack \.\/dist \.\/dist-data`/,
    );
  });
});
