/**
 * Writes `graft-ml-data` to dist-data/: weights, drawn pictures and notebooks. CIFAR-10 states no licence, so neither its
 * sample nor outputs that show its pictures are in it.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../home.mjs';

const DATA = path.join(ROOT, 'dist-data');
const WEIGHTS = [
  'vgg16-8bit.safetensors',
  'vgg19-mini.h5',
  'efficientnet-lite0.onnx',
  'efficientnet-lite0.LICENSE.txt',
  'calibration',
  'README.md',
];
/** About the tables of the repository. */
const LEFT_OUT = ['10-whole-cifar10.ipynb'];

export function writeData(version) {
  rmSync(DATA, { recursive: true, force: true });
  for (const name of WEIGHTS)
    cpSync(path.join(ROOT, 'data/weights', name), path.join(DATA, 'weights', name), { recursive: true });
  cpSync(path.join(ROOT, 'data/drawn-flowers'), path.join(DATA, 'drawn-flowers'), { recursive: true });
  cpSync(path.join(ROOT, 'LICENSE'), path.join(DATA, 'LICENSE'));
  mkdirSync(path.join(DATA, 'notebooks'));
  for (const name of readdirSync(path.join(ROOT, 'notebooks')).filter((one) => one.endsWith('.ipynb')))
    if (!LEFT_OUT.includes(name)) {
      const notebook = JSON.parse(readFileSync(path.join(ROOT, 'notebooks', name), 'utf8'));
      writeFileSync(path.join(DATA, 'notebooks', name), `${JSON.stringify(withoutOutputs(notebook), null, 1)}\n`);
    }
  writeFileSync(path.join(DATA, 'README.md'), README);
  const manifest = {
    name: 'graft-ml-data',
    version,
    description: 'Weights, drawn pictures, notebooks and the engine of pages of graft-ml.',
    license: 'SEE LICENSE IN README.md',
    type: 'module',
    exports: { './package.json': './package.json' },
    files: ['weights', 'drawn-flowers', 'notebooks', 'page', 'README.md', 'LICENSE'],
  };
  writeFileSync(path.join(DATA, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

const withoutOutputs = ({ cells, ...notebook }) => ({
  ...notebook,
  cells: cells.map((cell) => (cell.cell_type === 'code' ? { ...cell, outputs: [], execution_count: null } : cell)),
});

const README = `# graft-ml-data

What [graft-ml](../graft-ml) finds when this package is installed beside it: weights (weights/README.md says where each
comes from and under which licence), drawn pictures of flowers, the notebooks without their outputs, and for
\`graft page\` ONNX Runtime as WebAssembly, as onnxruntime-web has it (Microsoft, MIT).

The sample of CIFAR-10 of Graft's repository is not in here, nor are outputs that show its pictures: CIFAR-10 states no
licence. \`npx graft download cifar10\` fetches it from its publisher.
`;
