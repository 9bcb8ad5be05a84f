import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pythonOf } from '../../platform.mjs';
import { ROOT } from '../../project.ts';
import { textIfThere } from '../../storage/files/read-file.ts';
import { replaceFile } from '../../storage/files/replace-file.ts';

/** The peers' names, as src/bench/peers/peer.py knows them. */
export const PEERS = [
  'keras',
  ...['torch-float32', 'torch-bfloat16', 'torch-int8'],
  ...['openvino-float32', 'openvino-bfloat16', 'openvino-int8'],
];

const PEERS_FOLDER = path.join(ROOT, '.venv/peers');
export const PEERS_PYTHON = pythonOf(PEERS_FOLDER);

/**
 * Makes an environment for the peers, once.
 * @returns its Python
 */
export function setUpPeers(): string {
  // Keras first; PyTorch and OpenVINO are added to it
  execFileSync(process.execPath, [path.join(ROOT, 'src/setup/setup.mjs'), '--peers'], { stdio: 'inherit' });
  const [list, done] = [path.join(ROOT, 'src/bench/peers/peers.txt'), path.join(PEERS_FOLDER, 'done')];
  const wanted = readFileSync(list, 'utf8');
  if (textIfThere(done) !== wanted) {
    console.log('setting up PyTorch and OpenVINO in .venv/peers …');
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    execFileSync(PEERS_PYTHON, [...pip, '-r', list], { stdio: 'inherit' });
    replaceFile(done, wanted);
  }
  return PEERS_PYTHON;
}

/** Gives their versions, by name. */
export function peerVersions(python: string): Record<string, string> {
  const versions = '{n: m.version(n) for n in ["torch", "torchao", "openvino"]}';
  const code = `import importlib.metadata as m, json; print(json.dumps(${versions}))`;
  return JSON.parse(execFileSync(python, ['-c', code], { encoding: 'utf8' })) as Record<string, string>;
}
