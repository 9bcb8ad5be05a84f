import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Dataset } from '../../data/dataset.ts';
import type { Backbone } from '../../models/backbone.ts';
import { rowCosines } from '../../runtime/calibrate.ts';
import { backboneGraph } from '../../runtime/backbone-graph.ts';
import { openBackbone } from '../../runtime/running.ts';
import { openModelFolder } from '../../storage/weights/model-folder.ts';
import { BATCH, type Contestant } from './contestants.ts';
import { PEERS } from './peers.ts';

/** Least mean cosine of the features of OpenVINO and ONNX Runtime on the same 8-bit graph and pictures. */
const LEAST_COSINE = 0.99;

export interface PeerOptions {
  /** Python of the peers' environment, from `setUpPeers`. */
  readonly python: string;
  /** `vgg19` or `vgg16`. */
  readonly network: string;
  /** Where the graph and the pictures that OpenVINO reads are put. */
  readonly folder: string;
}

/**
 * Opens the peers, each in a process of its own; those in 8 bits only if Graft computes in 8 bits. If this machine
 * lacks something for one of them, this is said and it is left out.
 * @param forms the backbone in each precision that Graft runs
 */
export async function openPeers(
  forms: readonly Backbone[],
  images: Dataset,
  { python, network, folder }: PeerOptions,
): Promise<Contestant[]> {
  const int8 = forms.find((form) => form.int8);
  const opened = [];
  for (const name of PEERS) {
    if (name.endsWith('-int8') && !int8) continue;
    const args = [name, network, String(BATCH)];
    const one =
      name === 'openvino-int8' ? await onGraph(python, args, int8!, images, folder) : await openPeer(python, args);
    if (one) opened.push(one);
  }
  return opened;
}

/** Opens a peer on the very graph that Graft runs, and checks it against ONNX Runtime's features. */
async function onGraph(
  python: string,
  args: readonly string[],
  backbone: Backbone,
  images: Dataset,
  root: string,
): Promise<Contestant | undefined> {
  const { imageSize } = images;
  const { model } = openModelFolder((write) => backboneGraph(backbone, imageSize, write, false).graph, root);
  const folder = mkdtempSync(path.join(root, 'peer-'));
  const [pictures, features] = [path.join(folder, 'pictures.bin'), path.join(folder, 'features.bin')];
  const pixels = await images.read(0, BATCH);
  writeFileSync(pictures, pixels);
  const one = await openPeer(python, [...args, model, pictures]);
  if (!one) return undefined;
  const running = await openBackbone(backbone, { engine: 'onnx', imageSize });
  try {
    await one.ask(`write ${features}`);
    const { buffer, byteOffset, length } = readFileSync(features);
    checkAgreement(one.name, await running.run(pixels, BATCH), new Float32Array(buffer, byteOffset, length / 4));
  } catch (error) {
    one.close();
    throw error;
  } finally {
    await running.close();
  }
  return one;
}

/**
 * Checks a peer's features of a batch against ONNX Runtime's.
 * @throws Error if they are another network's
 */
export function checkAgreement(name: string, ours: Float32Array, theirs: Float32Array): void {
  const cosine = rowCosines(ours, theirs, BATCH).reduce((sum, one) => sum + one, 0) / BATCH;
  if (ours.length === theirs.length && cosine >= LEAST_COSINE) return;
  throw new Error(
    `${name}: expected ONNX Runtime's ${ours.length} features on the same graph, to a mean cosine of ${LEAST_COSINE}; ` +
      `got ${theirs.length}, ${cosine.toFixed(4)}. It computes something else, so its speed says nothing.`,
  );
}

interface Peer extends Contestant {
  ask(line: string): Promise<number>;
  close(): void;
}

/**
 * Starts src/bench/peers/peer.py.
 * @returns undefined if it lacks something, which is said
 */
export async function openPeer(python: string, args: readonly string[]): Promise<Peer | undefined> {
  const [name] = args;
  const child: ChildProcess = spawn(python, ['src/bench/peers/peer.py', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let log = '';
  child.stderr!.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const closed = new Promise((resolve) => child.once('close', resolve)); // all that it wrote has arrived
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = (await lines.next()) as { value?: string; done?: boolean };
    if (!done) return value!;
    await closed;
    throw new Error(`${name}: its process has ended:\n${log.slice(-1000)}`);
  };
  const ask = async (line: string): Promise<number> => {
    child.stdin!.write(`${line}\n`);
    return Number(await next());
  };
  for (let line = ''; line !== 'ready';) {
    line = await next();
    if (!line.startsWith('left out: ')) continue;
    console.log(`${name} is ${line}`);
    return undefined;
  }
  const [library, precision = 'float32'] = name.split('-');
  return {
    name: `${{ keras: 'Keras / TensorFlow', torch: 'PyTorch', openvino: 'OpenVINO' }[library]} ${precision}`,
    precision: precision as Contestant['precision'],
    run: (n) => ask(`run ${n}`),
    matmul: (size) => ask(`matmul ${size}`),
    ask,
    close: () => void child.stdin!.end(),
  };
}
