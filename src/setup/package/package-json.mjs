/** Derives the package's package.json from the repository's. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../home.mjs';

/** What `graft setup` installs to predict, to train, and for notebooks; no dependencies of the package. */
export const SETS = {
  engine: ['h5wasm', 'onnxruntime-node'],
  openvino: ['koffi'],
  tensorflow: ['@tensorflow/tfjs', '@tensorflow/tfjs-node-gpu', 'node-api-headers'],
  notebook: ['@types/jsdom', '@types/node', 'jsdom', 'temml', 'tslab', 'tsx', 'typescript'],
};

/** The front doors; `graft-ml/results` is about this repository's own tables. */
const DOORS = {
  '.': 'index',
  './plots': 'plots/index',
  './analysis': 'analysis/index',
  './widgets': 'notebook/widgets/index',
  './cluster': 'cluster/index',
  './predict': 'predict',
};

/** @param own the repository's package.json */
export function packageJson({ name, version, description, license, dependencies }) {
  const isHeavy = (one) => Object.values(SETS).flat().includes(one);
  const doors = Object.entries(DOORS).filter(([, file]) => existsSync(path.join(ROOT, 'src', `${file}.ts`)));
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    // modules of the package are loaded by `require` in the kernel
    engines: { node: '^20.19.0 || >=22.12.0' },
    bin: { graft: 'src/graft.mjs' },
    exports: {
      ...Object.fromEntries(
        doors.map(([door, file]) => [door, { types: `./src/${file}.d.ts`, default: `./src/${file}.js` }]),
      ),
      // bundled for browsers, with its worker inside
      './web': { types: './src/page/web.d.ts', default: './src/page/built/web.js' },
      './package.json': './package.json',
    },
    files: ['src', 'README.md', 'LICENSE'],
    sideEffects: ['./src/graft.mjs', './src/**/*.mjs', './src/**/*.cjs'],
    dependencies: Object.fromEntries(Object.entries(dependencies).filter(([one]) => !isHeavy(one))),
    // the project's own, if it has one: `tensorFlowFolder` looks at its version, for npm would refuse to install Graft
    peerDependencies: { '@tensorflow/tfjs': '*' },
    peerDependenciesMeta: { '@tensorflow/tfjs': { optional: true } },
  };
}
