import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture } from '../../src/data/pictures/decode.ts';
import type { FileBackbone, Pooling } from '../../src/models/file-backbone.ts';
import { onnxBackbone, type OnnxInput } from '../../src/backbones/onnx-backbone.ts';
import { onnxCuts } from '../../src/backbones/onnx-cuts.ts';
import { openBackbone } from '../../src/runtime/running.ts';
import { REFERENCES, relativeError } from '../references/read.ts';

/**
 * Made by test/references/networks.py: five that are committed, and all of them where GRAFT_TEST_NETWORKS names the
 * folder that the script was given.
 */
const SETS = [path.join(REFERENCES, 'networks'), process.env.GRAFT_TEST_NETWORKS ?? ''];

/** What the makers' own library gave. */
interface Answer {
  readonly features: readonly number[];
  readonly shape: readonly [pictures: number, features: number];
  /** How far its pixels are from whole levels at most: its processor resized shares, not levels. */
  readonly levelsOff: number;
  /** What no file beside the model says. */
  readonly input?: OnnxInput;
  readonly pooling?: Pooling;
  /** Of a cut that is not the first that is proposed. */
  readonly cut?: string;
}

/**
 * Levels that a picture may be off on average: 0.01 as a rule, 0.057 where bilinear weights are eighteenths, since of
 * what lies just between two levels Pillow takes the upper one, and Graft and TensorFlow the even one. Where it shrinks
 * more than three times, `decode.ts` says why.
 */
const LEVELS = { near: 0.06, far: 0.3 };

for (const folder of SETS.filter(existsSync))
  describe(`networks as their makers export them (${path.basename(folder)})`, () => {
    const networks = readdirSync(folder).filter((name) => existsSync(path.join(folder, name, 'answer.json')));
    it.each(networks)('%s: the pixels are its own processor’s', async (name) => {
      const { backbone } = await opened(path.join(folder, name));
      const { size } = backbone.input;
      const expected = await sheet(path.join(folder, name, 'pixels.png'));
      for (let k = 0; k < expected.length / (size * size * 3); k++) {
        const bytes = readFileSync(path.join(folder, 'pictures', `${k}.png`));
        const { width, height } = await sharp(bytes).metadata();
        const got = await decodePicture(bytes, { resize: 'crop', cropFraction: 1, ...backbone.input });
        const own = expected.subarray(k * size * size * 3, (k + 1) * size * size * 3);
        let sum = 0;
        for (let i = 0; i < got.length; i++) sum += Math.abs(got[i] - own[i]);
        const limit = Math.min(width, height) > 3 * size ? LEVELS.far : LEVELS.near;
        expect(sum / got.length, `picture ${k}, ${width}×${height}`).toBeLessThan(limit);
      }
    });

    it.each(networks)('%s: the features at the first cut that is proposed are its own pooled output', async (name) => {
      const { backbone, answer } = await opened(path.join(folder, name));
      const { size } = backbone.input;
      const running = await openBackbone(backbone, { engine: 'onnx', imageSize: [size, size] });
      try {
        const rows = await running.run(await sheet(path.join(folder, name, 'pixels.png')), answer.shape[0]);
        expect(backbone.outputShape).toEqual([answer.shape[1]]);
        expect(relativeError(rows, answer.features)).toBeLessThan(1e-4);
      } finally {
        await running.close();
      }
    });
  });

interface Opened {
  readonly backbone: FileBackbone;
  readonly answer: Answer;
}

const known = new Map<string, Promise<Opened>>();
/** A network, cut at the first tensor that is proposed. */
function opened(folder: string): Promise<Opened> {
  const found = known.get(folder) ?? open(folder);
  known.set(folder, found);
  return found;
}

async function open(folder: string): Promise<Opened> {
  const answer = JSON.parse(readFileSync(path.join(folder, 'answer.json'), 'utf8')) as Answer;
  const file = path.join(folder, 'model.onnx');
  const [{ cut }] = await onnxCuts(file);
  return {
    answer,
    backbone: await onnxBackbone(file, { cut: answer.cut ?? cut, input: answer.input, pooling: answer.pooling }),
  };
}

const sheet = (file: string): Promise<Buffer> => sharp(file).removeAlpha().raw().toBuffer();
