/**
 * Writes dist-docs/: the reference of the front doors with their examples, the guides of docs/, and the notebooks as they
 * were committed; a static folder whose search works without a server. A name without a docstring is an error.
 *
 * usage: node docs/make-reference.mjs
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Application } from 'typedoc';
import { interpreter, venv } from '../src/setup/place.mjs';

const OUT = 'dist-docs';
/** The part of each door's page for types that its names take or give. */
const BEHIND = 'types behind';
/** Writes pages as `npm run pages` does, of what has been run. */
const PAGES = `import sys
from pathlib import Path
import nbformat
from page import write_page
for path in map(Path, sys.argv[2:]):
    write_page(nbformat.read(path, 4), path, Path(sys.argv[1]) / (path.stem + ".html"))`;
const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const doors = Object.values(exports).filter((file) => file.endsWith('.ts'));

// in this folder, since typedoc looks for guides below the folder that all of them share
const made = mkdtempSync(path.resolve(`${OUT}-`));
try {
  const notebooks = notebookPages(made);
  const guides = readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.resolve('docs', name));
  const app = await Application.bootstrapWithPlugins({
    entryPoints: doors,
    plugin: ['typedoc-plugin-missing-exports'], // `FitOptions`: named by what is exported, though not exported itself
    internalModule: BEHIND,
    name: 'Graft',
    readme: 'README.md',
    projectDocuments: [...guides, ...notebooks],
    out: OUT,
    tsconfig: 'tsconfig.json',
    skipErrorChecking: true, // `npm run check` finds errors
    excludeExternals: true,
    excludeInternal: true,
    disableSources: true, // links to a place on the web that nothing has been put to
    hideGenerator: true,
    searchGroupBoosts: { Functions: 3, Classes: 2, Interfaces: 2 },
    highlightLanguages: ['bash', 'javascript', 'json', 'python', 'typescript', 'html', 'yaml', 'tsx', 'css'],
    validation: false,
    logLevel: 'Error',
  });
  const project = await app.convert();
  if (!project) throw new Error('the reference could not be read from the sources.');
  for (const door of project.children ?? []) door.name = door.name === 'index' ? 'graft-ml' : `graft-ml/${door.name}`;
  const silent = (project.children ?? []).flatMap((door) =>
    (door.children ?? [])
      .filter((one) => one.name !== BEHIND && !isDocumented(one))
      .map((one) => `${door.name}: ${one.name}`),
  );
  if (silent.length)
    throw new Error(`each name of a front door needs a docstring; these have none: ${silent.join(', ')}`);
  rmSync(OUT, { recursive: true, force: true });
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Error('the pages could not be written.');
  console.log(
    `reference: ${OUT}/index.html${notebooks.length ? '' : ', without notebooks: they need `npm run setup`'}`,
  );
} finally {
  rmSync(made, { recursive: true });
}

/** Whether a name says what it is; one that stands at two doors does so at the other. */
function isDocumented(one) {
  return one.isReference() || one.hasComment() || one.signatures?.some((signature) => signature.hasComment());
}

/** Writes the committed notebooks as pages, with a list of them for the guides. @returns that list, if Jupyter is here */
function notebookPages(folder) {
  const python = interpreter(venv);
  if (!existsSync(python)) return [];
  const names = readdirSync('notebooks').filter((name) => name.endsWith('.ipynb'));
  mkdirSync(path.join(folder, 'pages'));
  const files = names.map((name) => `notebooks/${name}`);
  const env = { ...process.env, PYTHONPATH: path.resolve('src/notebook/jupyter') };
  const { status } = spawnSync(python, ['-c', PAGES, path.join(folder, 'pages'), ...files], { stdio: 'inherit', env });
  if (status !== 0) throw new Error('the pages of the notebooks could not be written.');
  const lines = names.map((name) => `- [${titleOf(name)}](pages/${name.replace(/ipynb$/, 'html')})`);
  const list = path.join(folder, 'notebooks.md');
  writeFileSync(list, `# Notebooks\n\nWith the outputs of a real run:\n\n${lines.join('\n')}\n`);
  return [list];
}

function titleOf(name) {
  const { cells } = JSON.parse(readFileSync(path.join('notebooks', name), 'utf8'));
  const first = cells.map(({ source }) => [source].flat().join('')).find((source) => source.startsWith('# '));
  return first?.split('\n')[0].slice(2) ?? name;
}
