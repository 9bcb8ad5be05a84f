import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { dataFolder } from '../../project.ts';
import { stateOf, thisProcess } from '../files/processes.ts';

/** A network as one graph; or as two, one behind the other, the first from pictures to the network's input. */
export type Converted = Uint8Array | { readonly picture: Uint8Array; readonly network: Uint8Array };

/** A converted network on disk. */
export interface ModelFolder {
  /** The ONNX file; `weights.bin` lies beside it. */
  readonly model: string;
  /** The file of the graph before it, if there are two. */
  readonly picture?: string;
  remove(): void;
}

/**
 * Writes a converted network, to be kept only until its engine has read it; what killed processes of this machine
 * left is removed first.
 * @param convert makes the model and passes its weights to `write`
 * @param root the folder in which its own folder is made
 */
export function openModelFolder(
  convert: (write: (bytes: Uint8Array) => void) => Converted,
  root: string = path.join(dataFolder(), 'tmp'),
): ModelFolder {
  mkdirSync(root, { recursive: true });
  removeLeftFolders(root);
  const { host, system, pid } = thisProcess();
  const folder = mkdtempSync(path.join(root, `onnx-${host}-${system}-${pid}-`));
  const [model, front] = ['backbone.onnx', 'picture.onnx'].map((name) => path.join(folder, name));
  const weights = openSync(path.join(folder, 'weights.bin'), 'w');
  try {
    const made = convert((bytes) => {
      for (let done = 0; done < bytes.length;) done += writeSync(weights, bytes, done);
    });
    const { network, picture } = 'network' in made ? made : { network: made };
    writeFileSync(model, network);
    if (picture) writeFileSync(front, picture);
    return { model, picture: picture && front, remove: () => rmSync(folder, { recursive: true, force: true }) };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  } finally {
    closeSync(weights);
  }
}

function removeLeftFolders(root: string): void {
  for (const name of readdirSync(root)) {
    const [, host, system, pid] = /^onnx-([\w-]+?)(?:-([0-9a-f]{8}|none))?-(\d+)-\w+$/.exec(name) ?? [];
    // another machine's stays, on a disk that both use
    if (host !== undefined && stateOf({ host, system, pid: Number(pid) }) === 'ended')
      rmSync(path.join(root, name), { recursive: true, force: true });
  }
}
