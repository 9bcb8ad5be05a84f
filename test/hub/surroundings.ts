import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { ROOT } from '../../src/project.ts';
import { REFERENCES } from '../references/read.ts';
import { type Hub, type Repository, serveBlob, startHub } from './hub-server.ts';

const onnx = (name: string): Buffer => readFileSync(path.join(REFERENCES, 'onnx', name));
const json = (value: object): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);

/** EfficientNet-Lite0 with true weights, 6.8 MB. */
export const LITE0 = readFileSync(path.join(ROOT, 'data/weights/efficientnet-lite0.onnx'));
/** What transformers would write for it, and for networks of 32 pixels. */
const config = (side: number): Buffer =>
  json({
    image_processor_type: 'ViTImageProcessor',
    do_resize: true,
    do_normalize: true,
    size: { height: side, width: side },
    resample: 3,
    image_mean: [0.498, 0.498, 0.498],
    image_std: [0.502, 0.502, 0.502],
  });

/** Commits of the repositories below. */
export const [FIRST, SECOND, OTHER] = ['a', 'b', 'c'].map((letter) => letter.repeat(40));

/** What the server has: networks with and without weights beside them, of the list and of nobody's. */
export const repositories = (): Record<string, Repository> => ({
  'graft-test/lite0': {
    revisions: { main: FIRST, 'refs/pr/1': SECOND, 'v1.0': FIRST },
    commits: {
      [FIRST]: {
        'README.md': Buffer.from('# EfficientNet-Lite0\n'),
        'config.json': json({ model_type: 'efficientnet' }),
        'preprocessor_config.json': config(224),
        'onnx/model.onnx': LITE0,
        'onnx/model_quantized.onnx': onnx('conv.onnx'),
      },
      [SECOND]: { 'onnx/model.onnx': onnx('conv.onnx'), 'preprocessor_config.json': config(32) },
    },
  },
  'graft-test/small': {
    revisions: { main: FIRST },
    commits: {
      [FIRST]: {
        'config.json': json({}),
        'preprocessor_config.json': config(32),
        'onnx/model.onnx': onnx('conv.onnx'),
      },
      [SECOND]: { 'preprocessor_config.json': config(32), 'onnx/model.onnx': onnx('conv-free.onnx') },
    },
  },
  'graft-test/external': {
    revisions: { main: OTHER },
    commits: {
      [OTHER]: {
        'conv-external.onnx': onnx('conv-external.onnx'),
        'conv-external.weights': onnx('conv-external.weights'),
        'preprocessor_config.json': config(32),
      },
    },
  },
  'graft-test/gated': {
    revisions: { main: FIRST },
    commits: { [FIRST]: { 'model.onnx': onnx('conv.onnx') } },
    gated: 'hf_right',
  },
  'graft-test/private': {
    revisions: { main: FIRST },
    commits: { [FIRST]: { 'model.onnx': onnx('conv.onnx') } },
    private: 'hf_right',
  },
  'onnx-community/dinov2-small': {
    revisions: { main: SECOND },
    commits: { [SECOND]: { 'onnx/model.onnx': onnx('vit.onnx'), 'onnx/model_int8.onnx': onnx('vit.onnx') } },
  },
});

const VARIABLES = /^(HF_|HUGGINGFACE_|XDG_CACHE_HOME$|HTTPS?_PROXY$|https?_proxy$)/;

/** A hub for a file's tests, and an empty cache for each; the environment is as it was afterwards. */
export function withHub(): { readonly hub: Hub; readonly home: string; inCache(...names: string[]): string } {
  let hub: Hub;
  let home: string;
  let before: NodeJS.ProcessEnv;
  beforeAll(async () => void (hub = await startHub(repositories())));
  afterAll(() => hub.close());
  beforeEach(() => {
    before = { ...process.env };
    for (const name of Object.keys(process.env)) if (VARIABLES.test(name)) delete process.env[name];
    home = mkdtempSync(path.join(os.tmpdir(), 'hub-'));
    process.env.HF_HOME = home;
    process.env.HF_ENDPOINT = `${hub.endpoint}/`;
    Object.assign(hub.repositories, repositories());
    hub.cdn = serveBlob;
    delete hub.info;
    hub.taken();
  });
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
    rmSync(home, { recursive: true, force: true });
  });
  return {
    get hub() {
      return hub;
    },
    get home() {
      return home;
    },
    inCache: (...names) => path.join(home, 'hub', ...names),
  };
}
