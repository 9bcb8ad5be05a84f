import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type * as tf from '@tensorflow/tfjs';
import type { Images } from '../data/images.ts';
import { take } from '../data/images.ts';
import { calibrate } from '../runtime/calibrate.ts';
import { openEngine } from '../runtime/engine.ts';
import { extractFeatures, fingerprint } from '../features/extract.ts';

export const BATCH = 8;

/** Something that runs a backbone. */
export interface Contestant {
  readonly name: string;
  readonly precision: 'float32' | 'int8' | 'bfloat16';
  /** @param n images, a multiple of the batch @returns seconds */
  run(n: number): Promise<number>;
  /** GFLOP/s of a large matrix product in this precision; 0 where it has none to measure. */
  matmul?(size: number): Promise<number>;
  close(): Promise<void> | void;
}

const PIXELS = { kernel: 'bicubic', preprocess: 'caffe' } as const;

/** `extractFeatures` in full: bytes in, features checked, checksummed and on disk. Opening the session is not counted. */
export function graft(backbone: tf.LayersModel, images: Images, calibration: Images, precision: 'float32' | 'int8', folder: string): Contestant {
  return {
    name: `Graft ${precision}`,
    precision,
    async run(n) {
      const cache = path.join(folder, precision);
      const marks: number[] = [];
      const counts: number[] = [];
      await extractFeatures(backbone, take(images, n + BATCH), {
        precision,
        calibration,
        cache,
        onProgress: ({ done }) => {
          marks.push(performance.now());
          counts.push(done);
        },
      });
      for (const name of readdirSync(cache)) if (name !== 'calibration') rmSync(path.join(cache, name), { recursive: true });
      const first = counts.findIndex((done) => done > 0); // the session is open, one batch is done
      return (((marks.at(-1)! - marks[first]) / 1000) * n) / (counts.at(-1)! - counts[first]);
    },
    close() {},
  };
}

/** ONNX Runtime alone on the very graph that Graft runs: a loop that drops its results. */
export async function bareOnnx(
  backbone: tf.LayersModel,
  images: Images,
  calibration: Images,
  precision: 'float32' | 'int8',
  folder: string,
  threads?: number,
): Promise<Contestant> {
  const [, height, width] = images.shape;
  const int8 =
    precision === 'int8' ? (await calibrate(backbone, calibration, { ...PIXELS, fingerprint: fingerprint(backbone), cache: folder })).ranges : undefined;
  const engine = await openEngine('onnx', backbone, { ...PIXELS, imageSize: [height, width], int8, threads });
  const bytes = height * width * 3;
  return {
    name: `ONNX Runtime ${precision}`,
    precision,
    async run(n) {
      const begin = performance.now();
      for (let i = 0; i < n; i += BATCH) await engine.run(images.pixels.subarray(i * bytes, (i + BATCH) * bytes), BATCH);
      return (performance.now() - begin) / 1000;
    },
    close: () => engine.release(),
  };
}

/** A Python library in a process of its own: src/bench/peer.py. */
export async function peer(python: string, name: string, network: string): Promise<Contestant> {
  const child: ChildProcess = spawn(python, ['src/bench/peer.py', name, network, String(BATCH)], { stdio: ['pipe', 'pipe', 'pipe'] });
  let log = '';
  child.stderr!.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = (await lines.next()) as { value?: string; done?: boolean };
    if (done) throw new Error(`${name}: its process has ended:\n${log.slice(-1000)}`);
    return value!;
  };
  const ask = async (line: string): Promise<number> => {
    child.stdin!.write(`${line}\n`);
    return Number(await next());
  };
  for (let line = ''; line !== 'ready';) line = await next();
  const [library, precision = 'float32'] = name.split('-');
  return {
    name: `${{ keras: 'Keras / TensorFlow', torch: 'PyTorch', openvino: 'OpenVINO' }[library]} ${precision}`,
    precision: precision as Contestant['precision'],
    run: (n) => ask(`run ${n}`),
    matmul: (size) => ask(`matmul ${size}`),
    close: () => void child.stdin!.end(),
  };
}
