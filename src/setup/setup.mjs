/**
 * Sets up everything that is missing: npm packages, a Python environment, and the binding that links TensorFlow.js with
 * TensorFlow's library; all inside a clone's folder, or inside `.graft/` of a project. It is plain Node without dependencies, because it runs
 * before anything is installed. Every step checks first and can be run again after being cut off.
 *
 * usage: node src/setup/setup.mjs [--no-notebook | --predict] [--no-openvino] [--peers] [--check]
 *   --no-notebook  npm packages only, for plain Node.js: no Python, JupyterLab, kernel or native TensorFlow
 *   --predict      in a project: only ONNX Runtime and h5wasm, which is all that `graft predict` and `openClassifier` need
 *   --no-openvino  without OpenVINO's library (92 MB), the engine that some CPUs are faster with
 *   --peers   also .venv/peers: Keras, TensorFlow's Python and NumPy, which tests and benchmark compare with
 *   --check   only says what is missing (exit code 1 if anything is)
 */
import { rmSync } from 'node:fs';
import { IS_CLONE } from '../home.mjs';
import { binding } from './parts/binding.mjs';
import { log, SetupError } from './command.mjs';
import { atLeast, findPython } from './find-python.mjs';
import { jupyter } from './parts/jupyter.mjs';
import { jupyterParts } from './parts/jupyter-parts.mjs';
import { lockSetup } from './lock.mjs';
import { npmPackages } from './parts/npm-packages.mjs';
import { openvinoLibrary } from './parts/openvino.mjs';
import { packageSet } from './parts/package-set.mjs';
import { peers } from './parts/peers.mjs';
import { inside } from './place.mjs';
import { runSetup } from './program.mjs';
import { tensorflowLibrary } from './parts/tensorflow.mjs';

const NODE_MIN = [20, 19];
const FLAGS = ['--no-notebook', '--predict', '--no-openvino', '--peers', '--check'];

/** A clone's packages are those of its lock file; a project has its own, and Graft's sets beside them. */
function packageSteps({ predict, notebook, openvino }) {
  if (IS_CLONE) return [npmPackages];
  const steps = [packageSet('engine', 'ONNX Runtime')];
  if (openvino) steps.push(packageSet('openvino', "what calls OpenVINO's library"));
  if (!predict) steps.push(packageSet('tensorflow', 'TensorFlow.js'));
  if (notebook) steps.push(packageSet('notebook', 'packages for notebooks'));
  return steps;
}

async function main() {
  checkNode();
  const unknown = process.argv.slice(2).find((word) => !FLAGS.includes(word));
  if (unknown) throw new SetupError(`expected ${FLAGS.join(', ')}; got ${JSON.stringify(unknown)}.`);
  const predict = process.argv.includes('--predict');
  const notebook = !predict && !process.argv.includes('--no-notebook');
  const openvino = !predict && !process.argv.includes('--no-openvino') && openvinoLibrary.needed();
  const steps = packageSteps({ predict, notebook, openvino });
  if (openvino) steps.push(openvinoLibrary);
  if (notebook) steps.push(jupyter, tensorflowLibrary, binding);
  if (process.argv.includes('--peers')) steps.push(peers);
  if (notebook) steps.push(jupyterParts);
  const labels = steps
    .filter(isMissing)
    .map((step) => step.label)
    .join(', ');
  if (process.argv.includes('--check')) {
    console.log(labels ? `set-up: missing: ${labels}` : 'set-up: complete');
    process.exitCode = labels ? 1 : 0;
    return;
  }
  if (labels) {
    console.log(`set-up: ${labels} (all inside ${inside})`);
    const unlock = await lockSetup();
    try {
      rmSync(log, { force: true });
      await makeAll(steps);
    } finally {
      unlock();
    }
  }
  console.log('set-up: complete');
}

/**
 * Makes the steps, npm's in parallel with Python's; each is checked again when its turn comes: an earlier one may undo
 * it.
 */
async function makeAll(steps) {
  const missing = steps.filter(isMissing);
  if (missing.includes(jupyter) || missing.includes(peers)) findPython(); // else it would fail only after downloads
  const make = (step) => steps.includes(step) && isMissing(step) && step.make();
  const packages = inTurn(missing.filter((step) => !OTHERS.includes(step)));
  const environment = Promise.resolve(missing.includes(jupyter) && jupyter.prepare());
  const lab = environment.then(() => make(jupyter));
  const library = environment.then(() => make(tensorflowLibrary));
  // by pip where Python is set up anyway; else by Node.js, which finds proxies by a package
  const fetched = (steps.includes(jupyter) ? environment : packages).then(() => make(openvinoLibrary));
  const linked = Promise.all([packages, library]).then(() => make(binding));
  const beside = Promise.all([lab, library]).then(() => make(peers));
  const parts = Promise.all([lab, beside]).then(() => make(jupyterParts));
  const results = await Promise.allSettled([packages, lab, library, fetched, linked, beside, parts]);
  const reasons = [...new Set(results.flatMap(({ reason }) => reason ?? []))];
  const unexpected = reasons.find((reason) => !(reason instanceof SetupError));
  if (unexpected) throw unexpected;
  if (reasons.length) throw new SetupError(reasons.map((reason) => reason.message).join('\n\n'));
}

const OTHERS = [jupyter, openvinoLibrary, tensorflowLibrary, binding, peers, jupyterParts];
/** Makes steps one after the other: each starts an npm. */
async function inTurn(steps) {
  for (const step of steps) if (isMissing(step)) await step.make();
}

const isMissing = ({ needed = () => true, done }) => needed() && !done();

function checkNode() {
  const version = process.versions.node.split('.').map(Number);
  if (!atLeast(version, NODE_MIN)) {
    const { node } = process.versions;
    const needed = `Graft needs Node.js ${NODE_MIN.join('.')} or newer`;
    throw new SetupError(`${needed}; this is ${node}. https://nodejs.org has current ones.`);
  }
}

await runSetup('set-up', main);
