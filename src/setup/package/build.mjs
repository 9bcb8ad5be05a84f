/**
 * Writes the package `graft-ml` to dist/ and `graft-ml-data` to dist-data/, for `npm pack ./dist`: JavaScript with
 * declarations and source maps by the repository's TypeScript, in the folders of the sources, with what lies beside
 * them. Nothing is published by this.
 * usage: node src/setup/package/build.mjs
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../home.mjs';
import { writeData } from './data.mjs';
import { packageJson, SETS } from './package-json.mjs';
import { subsetOfLock } from './lock.mjs';
import { writePages } from './pages.mjs';
import { importFromSetUp } from './set-up-imports.mjs';

const DIST = path.join(ROOT, 'dist');
/** What is no part of the package: what measures and tests Graft itself, and what TypeScript has compiled. */
const LEFT_OUT =
  /(^|\/)(bench|results|assembly|browser|node_modules|__pycache__|package|peers)(\/|$)|package-lock\.json$/;
const COMPILED = /\.([cm]?[tj]s)$/;

const read = (file) => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));
const write = (file, value) => {
  mkdirSync(path.dirname(path.join(DIST, file)), { recursive: true });
  writeFileSync(path.join(DIST, file), `${JSON.stringify(value, null, 2)}\n`);
};

rmSync(DIST, { recursive: true, force: true });
compile();
importFromSetUp(path.join(DIST, 'src'));
cpSync(path.join(ROOT, 'src'), path.join(DIST, 'src'), {
  recursive: true,
  filter: (from) => !LEFT_OUT.test(path.relative(path.join(ROOT, 'src'), from)) && !COMPILED.test(from),
});
for (const name of ['README.md', 'LICENSE']) cpSync(path.join(ROOT, name), path.join(DIST, name));
const [own, lock] = [read('package.json'), read('package-lock.json')];
write('package.json', packageJson(own));
for (const [set, names] of Object.entries(SETS)) {
  const { manifest, subset } = subsetOfLock(lock, { name: `graft-ml-${set}`, names });
  write(`src/setup/packages/${set}/set.json`, manifest);
  write(`src/setup/packages/${set}/lock.json`, subset);
}
chmodSync(path.join(DIST, 'src/graft.mjs'), 0o755);
writeData(own.version);
await writePages(DIST, path.join(ROOT, 'dist-data'));
console.log('build: dist (graft-ml) and dist-data (graft-ml-data) are written; `npm pack ./dist` makes a tarball.');

function compile() {
  const typescript = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  const project = path.join(ROOT, 'src/setup/package/tsconfig.json');
  const { status } = spawnSync(process.execPath, [typescript, '-p', project], { stdio: 'inherit' });
  if (status !== 0) throw new Error('build: TypeScript has found errors.');
}
