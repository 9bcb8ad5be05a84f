/**
 * Removes from a project's `node_modules` what nothing loads: `graft trim`. It says first what that is, since those
 * packages are the project's, and removes it only with --yes; `npm ci` brings it back.
 * usage: node src/setup/trim.mjs [--yes]
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { IS_CLONE, projectOf, ROOT } from '../home.mjs';
import { SetupError } from './command.mjs';
import { unneeded } from './parts/npm-packages.mjs';
import { runSetup } from './program.mjs';

function main() {
  const words = process.argv.slice(2);
  if (words.some((word) => word !== '--yes'))
    throw new SetupError(`expected --yes or nothing; got ${JSON.stringify(words.join(' '))}.`);
  if (IS_CLONE) throw new SetupError('expected a project with Graft in it; this is a clone, which its set-up trims.');
  const project = projectOf(ROOT);
  const places = unneeded(project);
  const bytes = places.reduce((sum, place) => sum + sizeOf(place), 0);
  const size = `${Math.round(bytes / 1e6)} MB`;
  if (!places.length) return console.log(`trim: ${path.join(project, 'node_modules')} holds nothing to remove.`);
  if (words.length) {
    for (const place of places) rmSync(place, { recursive: true });
    return console.log(`trim: ${size} removed; \`npm ci\` brings them back.`);
  }
  const owners = [...new Set(places.map((place) => packageOf(path.relative(project, place))))];
  console.log(
    `trim: ${size} of source maps without their sources, and of binaries for other systems and for browsers, in`,
  );
  for (const owner of owners) console.log(`  ${owner}`);
  console.log('Nothing is removed yet: `npx graft trim --yes` does that.');
}

/** Gives a package's name from a path in `node_modules`. */
const packageOf = (file) => /^node_modules.((?:@[^/\\]+.)?[^/\\]+)/.exec(file)[1];

function sizeOf(place) {
  const found = statSync(place);
  if (!found.isDirectory()) return found.size;
  return readdirSync(place).reduce((sum, name) => sum + sizeOf(path.join(place, name)), 0);
}

await runSetup('trim', main);
