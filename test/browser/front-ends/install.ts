// Fetches front ends that Graft does not install, for front-ends.test.ts: Notebook 7 without what it shares with
// JupyterLab, and npm's.
//
//   npx tsx test/browser/front-ends/install.ts FOLDER
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import * as tar from 'tar';
import { environment, PYTHON } from '../../kernel/session.ts';
import { frontEndsIn } from './front-ends.ts';

const run = promisify(execFile);

const NOTEBOOK = 'notebook==7.6.5 --hash=sha256:b27b4af6e410e7456cfffc6fb5a764dcfb7a331408907d483024d6ddb5ec05f2';
const HTML_MANAGER = '@jupyter-widgets/html-manager@1.0.15';
/** VS Code's manager of widgets, one file that needs nothing, and what its page talks to a kernel by. */
const VSCODE = '@vscode/jupyter-ipywidgets8@1.0.9';
const SERVICES = '@jupyterlab/services@7.6.6';
/** A component for a front end of one's own, and anywidget's bridge to it. */
const REACT = ['@anywidget/react@0.2.2', 'react@19.3.1', 'react-dom@19.3.1', 'react-colorful@5.8.1'];

/** As docs/controls.md has it. */
const PICKER = `import { createRender, useModelState } from '@anywidget/react';
import { createElement } from 'react';
import { HexColorPicker } from 'react-colorful';

export default {
  render: createRender(() => {
    const [color, onChange] = useModelState('color');
    return createElement(HexColorPicker, { color, onChange });
  }),
};`;

const [, , given] = process.argv;
if (!given) throw new Error('expected a folder: npx tsx test/browser/front-ends/install.ts FOLDER');
const folder = path.resolve(given);
const { notebook, schemas, picker, vscode } = frontEndsIn(folder);
mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, 'requirements.txt'), NOTEBOOK);
writeFileSync(path.join(folder, 'package.json'), '{}');
const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile', '--require-hashes'];
/** Unpacks a package without what it depends on. */
const unpack = async (name: string, into: string): Promise<void> => {
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', name], { cwd: folder });
  mkdirSync(into, { recursive: true });
  await tar.extract({ file: path.join(folder, stdout.trim()), cwd: into, strip: 1 });
};
await Promise.all([
  run(PYTHON, [...pip, '--target', notebook, '-r', 'requirements.txt'], { cwd: folder, env: environment() }),
  unpack(HTML_MANAGER, path.join(folder, 'package')),
  unpack(VSCODE, path.join(folder, 'vscode')),
]);
const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps'];
await run('npm', [...install, SERVICES, ...REACT], { cwd: folder });
for (const from of [path.dirname(path.dirname(PYTHON)), notebook])
  cpSync(path.join(from, 'share/jupyter/lab/schemas'), schemas, { recursive: true });
const bundle = { bundle: true, minify: true, define: { 'process.env.NODE_ENV': '"production"' } } as const;
await build({ ...bundle, stdin: { contents: PICKER, resolveDir: folder }, format: 'esm', outfile: picker });
await build({
  ...bundle,
  entryPoints: ['test/browser/front-ends/vscode.js'],
  alias: {
    '@vscode/jupyter-ipywidgets8': path.join(folder, 'vscode/dist/ipywidgets.js'),
    '@jupyterlab/services': path.join(folder, 'node_modules/@jupyterlab/services'),
  },
  format: 'iife',
  outfile: vscode,
});
