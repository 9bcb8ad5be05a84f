import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sayVersions } from '../../src/notebook/kernel/modules/package-versions.ts';

let project: string;
const at = (...names: string[]): string => path.join(project, ...names);

/** Writes a file of the project; an object as JSON. */
function put(file: string, content: string | object): void {
  mkdirSync(path.dirname(at(file)), { recursive: true });
  writeFileSync(at(file), typeof content === 'string' ? content : JSON.stringify(content));
}

/** Puts what of Graft finds folders and packages into the project, as the package has it. */
function putGraft(folder: string, version: string, engine: string): void {
  put(`${folder}/package.json`, { name: 'graft-ml', version });
  put(`${folder}/src/index.js`, '');
  put(`${folder}/src/setup/packages/engine/set.json`, { dependencies: { 'onnxruntime-node': engine } });
  for (const file of ['home.mjs', 'packages.mjs']) copyFileSync(`src/${file}`, at(folder, 'src', file));
}

const [OWN, OF_A_DEPENDENCY] = ['node_modules/graft-ml', 'node_modules/dep/node_modules/graft-ml'];

beforeAll(() => {
  project = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'two versions ä#%-')));
  put('package.json', {});
  putGraft(OWN, '0.2.0', '1.30.0');
  putGraft(OF_A_DEPENDENCY, '0.1.0', '1.20.0');
  const there = '.graft/packages/engine/node_modules/onnxruntime-node';
  put(`${there}/package.json`, { name: 'onnxruntime-node', version: '1.30.0', main: 'index.js' });
  put(`${there}/index.js`, '');
});
afterAll(() => rmSync(project, { recursive: true }));

/** What one of the two finds from the project's folder, and what it says. */
function asked(folder: string) {
  const [home, packages] = ['home.mjs', 'packages.mjs'].map((file) => pathToFileURL(at(folder, 'src', file)).href);
  const program =
    `const { placesOf } = await import(${JSON.stringify(home)});` +
    `const { setUpFile } = await import(${JSON.stringify(packages)});` +
    `setUpFile('onnxruntime-node');` +
    `console.log(JSON.stringify([placesOf().data, setUpFile('onnxruntime-node')]));`;
  const env = { ...process.env, GRAFT_DATA: '' };
  const run = ['--input-type=module', '-e', program];
  const { stdout, stderr } = spawnSync(process.execPath, run, { cwd: project, env, encoding: 'utf8' });
  return { found: JSON.parse(stdout) as string[], stderr };
}

describe('two versions of Graft in one tree', () => {
  it('share the project’s folder, and the one that did not set it up says whose packages it runs on, once', () => {
    const found = [at('.graft'), at('.graft/packages/engine/node_modules/onnxruntime-node/index.js')];
    expect(asked(OWN)).toEqual({ found, stderr: '' });
    const other = asked(OF_A_DEPENDENCY);
    expect(other.found).toEqual(found);
    const sentence = 'is made with onnxruntime-node 1.20.0; ';
    expect(other.stderr).toContain(`graft-ml 0.1.0 (${at(OF_A_DEPENDENCY)}) ${sentence}`);
    expect(other.stderr).toMatch(/engine has 1\.30\.0, of another version of graft-ml\. .*`npx graft setup` again\./);
    expect(other.stderr.split(sentence)).toHaveLength(2);
  });

  it('a cell gets the kernel’s, and the kernel says so if the notebook’s project has another', () => {
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    const root = at(OF_A_DEPENDENCY);
    const told = sayVersions({ notebook: project, project, root }, say);
    for (const door of ['graft-ml', 'graft-ml/plots']) told(door);
    expect(said).toEqual([
      `graft-ml: cells get 0.1.0, whose kernel this is (${root}); own modules get the project's 0.2.0. ` +
        "The project's own kernel: `npx graft lab` there.",
    ]);
    const own = sayVersions({ notebook: project, project, root: at(OWN) }, say);
    own('graft-ml');
    expect(said).toHaveLength(1);
  });
});
