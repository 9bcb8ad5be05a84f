/**
 * Sets up whatever is missing, inside this folder only: npm packages, a Python environment in .venv, and the
 * binding that links TensorFlow.js with that environment's TensorFlow. Plain Node, no dependency, because it runs
 * before anything is installed. Every step checks first and can be run again after being cut off.
 *
 * usage: node src/setup/setup.mjs [--check]     --check: only says what is missing (exit code 1 if anything is)
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const venv = path.join(root, '.venv');
const tfjs = path.join(root, 'node_modules/@tensorflow/tfjs-node-gpu');
/** Everything pinned with its hashes; made from the .in files beside them. */
const requirements = () => path.join(root, hasNvidiaDriver() ? 'src/setup/requirements-cuda.txt' : 'src/setup/requirements.txt');
const LOCKFILE = path.join(root, 'package-lock.json');
const NODE_MIN = [20, 19];
const PYTHON_MIN = [3, 10];
const PYTHON_MAX = [3, 13];

/** What a stamp holds; the step is done when the stamp in place equals it. */
const fingerprint = (...parts) => createHash('sha256').update(parts.join('\n')).digest('hex');
const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const stamped = (file, value) => read(file).trim() === value;
const stamp = (file, value) => {
  writeFileSync(`${file}.tmp`, `${value}\n`);
  renameSync(`${file}.tmp`, file);
};

class SetupError extends Error {}

/** Runs a command with its output in a log, showing one line of progress; throws with the log's end on failure. */
function run(label, command, args, { env = {} } = {}) {
  const log = path.join(root, 'node_modules', '.graft-setup.log');
  mkdirSync(path.dirname(log), { recursive: true });
  return new Promise((resolve, reject) => {
    const started = Date.now();
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let last = '';
    const take = (chunk) => {
      output += chunk;
      last = output
        .trimEnd()
        .split(/[\r\n]/)
        .at(-1)
        .trim();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const seconds = () => Math.round((Date.now() - started) / 1000);
    const tty = process.stdout.isTTY;
    const draw = () => {
      const line = `  ${label} … ${seconds()} s  ${last}`;
      if (tty) process.stdout.write(`\r\x1b[2K${line.slice(0, (process.stdout.columns || 80) - 1)}`);
      else if (seconds() % 15 === 0) console.log(line.slice(0, 120));
    };
    const timer = setInterval(draw, 1000);
    draw();
    child.on('error', (error) => {
      clearInterval(timer);
      reject(new SetupError(`${label}: ${command} could not be started: ${error.message}`));
    });
    child.on('close', (code) => {
      clearInterval(timer);
      if (tty) process.stdout.write('\r\x1b[2K');
      if (code === 0) {
        console.log(`  ${label}: done in ${seconds()} s`);
        resolve(output);
      } else {
        mkdirSync(path.dirname(log), { recursive: true });
        writeFileSync(log, output);
        const end = output.trimEnd().split('\n').slice(-25).join('\n');
        reject(new SetupError(`${label} failed (exit code ${code}). The end of its output:\n\n${end}\n\nAll of it: ${path.relative(root, log)}`));
      }
    });
  });
}

const atLeast = (version, min) => version[0] > min[0] || (version[0] === min[0] && version[1] >= min[1]);
const has = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
const hasNvidiaDriver = () => existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidia0');

function checkNode() {
  const version = process.versions.node.split('.').map(Number);
  if (!atLeast(version, NODE_MIN)) {
    throw new SetupError(`Graft needs Node.js ${NODE_MIN.join('.')} or newer; this is ${process.versions.node}. https://nodejs.org has current ones.`);
  }
}

/** The first Python that TensorFlow has wheels for: $PYTHON, python3, then the versioned names. */
function findPython() {
  const found = [];
  for (const command of [process.env.PYTHON, 'python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'].filter(Boolean)) {
    const answer = spawnSync(command, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' });
    if (answer.status !== 0) continue;
    const text = answer.stdout.trim();
    const version = text.split('.').map(Number);
    if (atLeast(version, PYTHON_MIN) && atLeast(PYTHON_MAX, version)) return { command, version: text };
    found.push(`${command} is ${text}`);
  }
  throw new SetupError(
    `Graft needs Python ${PYTHON_MIN.join('.')} to ${PYTHON_MAX.join('.')} (for JupyterLab and TensorFlow's library); ` +
      `${found.length ? found.join(', ') : 'none was found'}. On Debian or Ubuntu: sudo apt install python3 python3-venv. ` +
      'Another one can be named with PYTHON=/path/to/python3.',
  );
}

const npmStep = {
  label: 'npm packages',
  stamp: path.join(root, 'node_modules/.graft-packages'),
  value: () => fingerprint(read(LOCKFILE), process.platform, process.arch),
  async make() {
    const npm = process.env.npm_execpath;
    const args = ['ci', '--no-audit', '--no-fund', '--include=dev'];
    if (npm?.endsWith('.js')) await run(this.label, process.execPath, [npm, ...args]);
    else await run(this.label, 'npm', args);
  },
};

const pythonStep = {
  label: 'Python environment',
  stamp: path.join(venv, '.graft-packages'),
  value: () => fingerprint(read(requirements()), existsSync(path.join(venv, 'bin/python')) ? root : 'no python'),
  async make() {
    const python = findPython();
    const interpreter = path.join(venv, 'bin/python');
    const works = existsSync(interpreter) && spawnSync(interpreter, ['-m', 'pip', '--version'], { stdio: 'ignore' }).status === 0;
    if (!works) {
      rmSync(venv, { recursive: true, force: true });
      try {
        await run(`Python ${python.version} environment`, python.command, ['-m', 'venv', venv]);
      } catch (error) {
        rmSync(venv, { recursive: true, force: true });
        throw new SetupError(
          `${error.message}\n\n\`${python.command} -m venv\` does not work here. On Debian or Ubuntu its package is missing: ` +
            `sudo apt install python${python.version}-venv (or python3-venv), then run the same command again.`,
        );
      }
    }
    await run('JupyterLab and TensorFlow (about 2.3 GB on disk)', interpreter, [
      '-m',
      'pip',
      'install',
      '--disable-pip-version-check',
      '--require-hashes',
      '-r',
      requirements(),
    ]);
  },
};

const pythonLibraries = () => {
  const lib = path.join(venv, 'lib');
  const python = existsSync(lib) ? readdirSync(lib).find((name) => /^python3\.\d+$/.test(name)) : undefined;
  return path.join(lib, python ?? 'python3', 'site-packages/tensorflow');
};

/** The binding's C++ files need only TensorFlow's C API, and the Python wheel has both headers and library. */
const bindingStep = {
  label: 'TensorFlow binding',
  stamp: path.join(tfjs, '.graft-binding'),
  // a machine without a compiler is asked again once it has one
  value: () => fingerprint(read(requirements()), read(LOCKFILE), process.arch, has('g++') ? 'g++' : 'no compiler'),
  async make() {
    const target = path.join(tfjs, 'lib/napi-v8/tfjs_binding.node');
    const tensorflow = pythonLibraries();
    mkdirSync(path.dirname(target), { recursive: true });
    try {
      if (!has('g++')) throw new SetupError('g++ was not found');
      // rpath relative to the binding, so that the project's folder can be moved
      const rpath = `$ORIGIN/${path.relative(path.dirname(target), tensorflow)}`;
      await run(`${this.label} (compiling)`, 'g++', [
        ...['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding'],
        ...['-I', path.join(root, 'node_modules/node-api-headers/include'), '-I', tfjs, '-I', path.join(tensorflow, 'include')],
        ...[path.join(tfjs, 'binding/tfjs_backend.cc'), path.join(tfjs, 'binding/tfjs_binding.cc')],
        ...[path.join(tensorflow, 'libtensorflow_cc.so.2'), path.join(tensorflow, 'libtensorflow_framework.so.2')],
        ...[`-Wl,-rpath,${rpath}`, '-o', `${target}.tmp`],
      ]);
      renameSync(`${target}.tmp`, target);
      return;
    } catch (error) {
      console.log(`  ${this.label}: not compiled (${firstLine(error)}); trying the package's own download of TensorFlow 2.9`);
    }
    try {
      // run as npm would: node-pre-gyp is found beside the package
      await run(`${this.label} (download)`, 'timeout', [
        '600',
        'npm',
        'rebuild',
        '@tensorflow/tfjs-node-gpu',
        '--ignore-scripts=false',
        '--foreground-scripts',
      ]);
      if (!existsSync(target)) throw new SetupError('no binding came with it');
    } catch (error) {
      console.warn(
        `\n  Warning: TensorFlow's native library could not be linked (${firstLine(error)}).\n` +
          '  Graft will train with TensorFlow.js in plain JavaScript: right, but much slower, and never on a GPU.\n' +
          '  A compiler mends it (Debian: sudo apt install g++), then run the same command again.\n',
      );
    }
  },
};

const firstLine = (error) => error.message.split('\n')[0];

async function main() {
  checkNode();
  const steps = [npmStep, pythonStep, bindingStep];
  const missing = steps.filter((step) => !stamped(step.stamp, step.value()));
  if (process.argv.includes('--check')) {
    console.log(missing.length ? `set-up: missing: ${missing.map((s) => s.label).join(', ')}` : 'set-up: complete');
    process.exitCode = missing.length ? 1 : 0;
    return;
  }
  if (!missing.length) {
    console.log('set-up: complete');
    return;
  }
  console.log(`set-up: ${missing.map((s) => s.label).join(', ')} (all inside ${root})`);
  for (const step of steps) {
    // checked again: what an earlier step made (npm ci empties node_modules) may undo a later one
    if (stamped(step.stamp, step.value())) continue;
    await step.make();
    stamp(step.stamp, step.value());
  }
  console.log('set-up: complete');
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\nset-up stopped: ${error.message}`);
  process.exitCode = 1;
}
