import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { dataFolder } from '../../project.ts';
import { stateOf, thisProcess } from '../files/processes.ts';

/** A converted network on disk. */
export interface ModelFolder {
  /** The ONNX file; `weights.bin` lies beside it. */
  readonly model: string;
  remove(): void;
}

/**
 * Writes a converted network, to be kept only until ONNX Runtime has read it; what killed processes of this machine
 * left is removed first.
 * @param convert makes the model and passes its weights to `write`
 * @param root the folder in which its own folder is made
 */
export function openModelFolder(
  convert: (write: (bytes: Uint8Array) => void) => Uint8Array,
  root: string = path.join(dataFolder(), 'tmp'),
): ModelFolder {
  mkdirSync(root, { recursive: true });
  removeLeftFolders(root);
  const { host, system, pid } = thisProcess();
  const folder = mkdtempSync(path.join(root, `onnx-${host}-${system}-${pid}-`));
  const weights = openSync(path.join(folder, 'weights.bin'), 'w');
  try {
    const model = convert((bytes) => {
      for (let done = 0; done < bytes.length;) done += writeSync(weights, bytes, done);
    });
    writeFileSync(path.join(folder, 'backbone.onnx'), model);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  } finally {
    closeSync(weights);
  }
  return { model: path.join(folder, 'backbone.onnx'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function removeLeftFolders(root: string): void {
  for (const name of readdirSync(root)) {
    const [, host, system, pid] = /^onnx-([\w-]+?)(?:-([0-9a-f]{8}|none))?-(\d+)-\w+$/.exec(name) ?? [];
    // another machine's stays, on a disk that both use
    if (host !== undefined && stateOf({ host, system, pid: Number(pid) }) === 'ended')
      rmSync(path.join(root, name), { recursive: true, force: true });
  }
}
