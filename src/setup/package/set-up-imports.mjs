/**
 * Makes the package's modules get TensorFlow.js and h5wasm from where the set-up has put them: Node.js finds a package by
 * its name only in `node_modules` above. Declarations go on naming the packages, whose types a project has or has not.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** How modules import the two, and what stands there instead, on the same line, as source maps expect. */
const INSTEAD = [
  [/^import \* as tf from '@tensorflow\/tfjs';$/m, (up) => `import { tf } from '${up}host/tensorflow-js.mjs';`],
  [/\bimport\('@tensorflow\/tfjs'\)/, (up) => `import('${up}host/tensorflow-js.mjs').then(({ tf }) => tf)`],
  [
    /\bawait import\('h5wasm\/node'\)/,
    (up) => `await import('${up}packages.mjs').then(({ importSetUp }) => importSetUp('h5wasm/node'))`,
  ],
];
const OTHER =
  /^(?:import|export)\b(?:.*\bfrom)? ?['"](?:@tensorflow|h5wasm)[/'"]|\b(?:import|require)\(['"](?:@tensorflow|h5wasm)[/'"]/m;

/** @param {string} source the folder of the compiled modules */
export function importFromSetUp(source) {
  for (const file of readdirSync(source, { recursive: true }).filter((name) => /\.js$/.test(name))) {
    const at = path.join(source, file);
    const code = readFileSync(at, 'utf8');
    const up = '../'.repeat(file.split(path.sep).length - 1) || './';
    const changed = INSTEAD.reduce((text, [pattern, instead]) => text.replace(pattern, instead(up)), code);
    if (OTHER.test(changed))
      throw new Error(`build: ${file} imports TensorFlow.js or h5wasm in a way that is not known.`);
    if (changed !== code) writeFileSync(at, changed);
  }
}
