import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

/** What the set-up takes out of TensorFlow's wheel, and two files that it leaves there. */
export const LIBRARIES = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];
const HEADERS = [...readFileSync('src/setup/parts/tensorflow.mjs', 'utf8').matchAll(/^ {2}'(\S+\.h)',$/gm)];
const TENSORFLOW = [...LIBRARIES, ...HEADERS.map(([, name]) => `tensorflow/include/${name}`)];
const LEFT = ['tensorflow/__init__.py', 'tensorflow/python/eager.py'];

/** As npm and g++ leave things: that they work is their business, and CI's. Both take their time, to be killed in. */
const NPM = `/bin/rm -rf node_modules
/bin/mkdir -p node_modules/@tensorflow/tfjs-node-gpu node_modules/@tensorflow/tfjs/dist
for name in tf.node.js tf.node.js.map; do echo text > node_modules/@tensorflow/tfjs/dist/$name; done
for to in linux/x64 linux/arm64 darwin/x64 darwin/arm64 win32/x64; do
  folder=node_modules/onnxruntime-node/bin/napi-v6/$to
  /bin/mkdir -p $folder && echo binary > $folder/a.node
done
/bin/sleep 1`;
const COMPILER = `[ "$1" = --version ] && exit 0
for argument; do [ "$before" = -o ] && echo linked > "$argument"; before=$argument; done
/bin/sleep 0.5`;

export interface Project {
  readonly root: string;
  /**
   * Runs the set-up with real Python and pip, npm and g++ in their place; ends it with SIGKILL after so many ms.
   * @param inherited more of its environment
   */
  setUp(
    kill?: number,
    inherited?: NodeJS.ProcessEnv,
  ): Promise<{ status: number | null; stdout: string; stderr: string }>;
  /** What lies in `.venv` and `node_modules`: path and size of every file. */
  files(): string[];
}

/** A copy of the set-up whose Python packages are two small wheels in a folder; one stands for TensorFlow's. */
export function project({
  tensorflow = TENSORFLOW,
  npm = NPM,
}: { readonly tensorflow?: readonly string[]; readonly npm?: string } = {}): Project {
  const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'setup-')));
  cpSync('src/setup', path.join(root, 'src/setup'), { recursive: true });
  for (const file of ['text/addresses.mjs', 'platform.mjs']) cpSync(`src/${file}`, path.join(root, 'src', file));
  for (const file of ['home.mjs', 'openvino.mjs', 'packages.mjs']) cpSync(`src/${file}`, path.join(root, 'src', file));
  const packages = ['', 'node_modules/@tensorflow/tfjs', 'node_modules/onnxruntime-node'].map((name) => [name, {}]);
  writeFileSync(
    path.join(root, 'package-lock.json'),
    JSON.stringify({ packages: Object.fromEntries(packages) as object }),
  );
  const wheels = path.join(root, 'wheels');
  const bin = path.join(root, 'bin');
  for (const folder of [wheels, bin]) mkdirSync(folder);
  for (const [name, script] of Object.entries({ npm, 'g++': COMPILER })) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
  const pin = (file: string, line: string): void =>
    writeFileSync(path.join(root, 'src/setup/requirements', file), line);
  pin('jupyter.txt', wheel(wheels, 'lab', ['lab/__init__.py', 'lab/server.py']));
  pin('tensorflow.txt', wheel(wheels, 'tensorflow', [...tensorflow, ...LEFT]));
  pin('widgets.txt', wheel(wheels, 'front_ends', ['front_ends/__init__.py']));
  pin('cuda.txt', '');
  const python = realpathSync('.venv/bin/python');
  const env = { PATH: bin, HOME: root, PYTHON: python, PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels };
  return {
    root,
    async setUp(kill, inherited = {}) {
      const child = spawn(process.execPath, [path.join(root, 'src/setup/setup.mjs'), '--no-openvino'], {
        env: { ...env, ...inherited },
      });
      if (kill !== undefined) setTimeout(() => child.kill('SIGKILL'), kill);
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
      // what a killed one started holds its pipes
      if (kill !== undefined) return { status: await ended, stdout: '', stderr: '' };
      const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
      return { status, stdout, stderr };
    },
    files: () => ['.venv', 'node_modules'].flatMap((folder) => listing(path.join(root, folder), root)),
  };
}

/** Makes a wheel of small files by Python's zipfile; returns its line of requirements. */
function wheel(folder: string, name: string, files: readonly string[]): string {
  const file = path.join(folder, `${name}-1.0-py3-none-any.whl`);
  const script = `import sys, zipfile
file, name, *members = sys.argv[1:]
info = name + '-1.0.dist-info/'
with zipfile.ZipFile(file, 'w') as archive:
    archive.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: ' + name + '\\nVersion: 1.0\\n')
    archive.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    for member in members: archive.writestr(member, '# ' + member)
    archive.writestr(info + 'RECORD', ''.join(member + ',,\\n' for member in archive.namelist()))`;
  execFileSync('.venv/bin/python', ['-c', script, file, name, ...files]);
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
  return `${name}==1.0 --hash=sha256:${hash}`;
}

function listing(folder: string, root: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  const files = names.map((name) => path.join(folder, name)).filter((file) => statSync(file).isFile());
  return files.map((file) => `${path.relative(root, file)} ${statSync(file).size}`).sort();
}
