import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandLine, howToBringBack, IS_CLONE, ownData, placesOf, ROOT } from '../../src/home.mjs';
import { packageFolders, setUpFile } from '../../src/packages.mjs';

describe('where Graft keeps what it makes', () => {
  let project: string;
  beforeAll(() => {
    project = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'ein Projekt ä#%-')));
    mkdirSync(path.join(project, 'notebooks/deep'), { recursive: true });
    mkdirSync(path.join(project, 'node_modules/graft-ml/src'), { recursive: true });
    writeFileSync(path.join(project, 'package.json'), '{}');
    writeFileSync(path.join(project, 'node_modules/graft-ml/package.json'), '{}');
  });
  afterAll(() => rmSync(project, { recursive: true }));
  const root = (): string => path.join(project, 'node_modules/graft-ml');

  it('in a clone is the clone, wherever it is called from', () => {
    expect(IS_CLONE).toBe(true);
    expect(placesOf({ cwd: project, env: {} })).toEqual({
      project: ROOT,
      data: path.join(ROOT, 'data'),
      runs: path.join(ROOT, 'runs'),
      python: path.join(ROOT, '.venv'),
      packages: path.join(ROOT, 'node_modules'),
    });
    const named = placesOf({ cwd: project, env: { GRAFT_DATA: 'kept' } });
    expect(named).toMatchObject({ data: path.join(project, 'kept'), python: path.join(ROOT, '.venv') });
  });

  it('in a project is beside the nearest package.json, never in node_modules, whatever folder it is called from', () => {
    const graft = path.join(project, '.graft');
    const expected = {
      project,
      data: graft,
      runs: path.join(project, 'runs'),
      python: path.join(graft, 'python'),
      packages: path.join(graft, 'packages'),
    };
    for (const cwd of [project, path.join(project, 'notebooks/deep'), root(), path.join(root(), 'src')])
      expect(placesOf({ root: root(), isClone: false, cwd, env: {} })).toEqual(expected);
  });

  it('is moved as a whole by GRAFT_DATA, but for the runs', () => {
    const moved = placesOf({ root: root(), isClone: false, cwd: project, env: { GRAFT_DATA: '/large/disk' } });
    expect(moved).toMatchObject({
      data: '/large/disk',
      python: '/large/disk/python',
      packages: '/large/disk/packages',
    });
    expect(moved.runs).toBe(path.join(project, 'runs'));
  });

  it('is the working folder where no package.json lies above it', () => {
    const alone = mkdtempSync(path.join(os.tmpdir(), 'alone-'));
    expect(placesOf({ root: root(), isClone: false, cwd: alone, env: {} }).project).toBe(alone);
    rmSync(alone, { recursive: true });
  });

  it('has packages of the set-up in two projects for a notebook that lies elsewhere: its own, and Graft’s', () => {
    const elsewhere = mkdtempSync(path.join(os.tmpdir(), 'elsewhere-'));
    const packages = path.join(project, '.graft/packages');
    const from = (cwd: string): string[] => packageFolders({ root: root(), isClone: false, cwd, env: {} });
    expect(from(elsewhere)).toEqual([path.join(elsewhere, '.graft/packages'), packages]);
    expect(from(path.join(project, 'notebooks'))).toEqual([packages]);
    rmSync(elsewhere, { recursive: true });
  });

  it('says in a sentence that a clone’s packages are not installed, to who imports its front door', () => {
    const clone = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'bare-')));
    mkdirSync(path.join(clone, 'src'));
    for (const file of ['home.mjs', 'installed.mjs']) copyFileSync(`src/${file}`, path.join(clone, 'src', file));
    const { stderr } = spawnSync(process.execPath, [path.join(clone, 'src/installed.mjs')], { encoding: 'utf8' });
    expect(stderr).toContain(`Error: Graft's packages are not installed in ${clone}: run \`npm run setup\` there.`);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(readFileSync('src/index.ts', 'utf8').match(/(?:from|import) '(\.[^']+)'/)![1]).toBe('./installed.mjs');
    rmSync(clone, { recursive: true });
  });

  it('tells what a clone’s reader has to type, and finds what is installed', () => {
    expect(commandLine('download', 'vgg19')).toBe('npm run download -- vgg19');
    expect(howToBringBack(ownData('cifar10-sample'))).toContain('`git checkout -- data/cifar10-sample`');
    expect(setUpFile('typescript/package.json')).toBe(path.join(ROOT, 'node_modules/typescript/package.json'));
    expect(() => setUpFile('nobody-has-this')).toThrow(
      'nobody-has-this is not installed: expected it in node_modules. Run `npm run setup`.',
    );
  });
});
