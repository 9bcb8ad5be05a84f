import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { knownBackbones } from '../../src/backbones/backbones-at-hand.ts';
import { cachedModel } from '../../src/backbones/hub-model.ts';
import { loadBackbone } from '../../src/backbones/load-backbone.ts';
import { checkSaved, formatOf } from '../../src/classifier/saved-format.ts';
import { COMMANDS } from '../../src/command/main.mjs';
import { parseSweepFile } from '../../src/experiments/sweep-file.ts';
import { topInputs } from '../../src/models/networks/build-network.ts';
import { fastSize } from '../../src/models/networks/fast-size.ts';
import { BACKBONE_NAMES } from '../../src/models/networks/known.mjs';
import { isHubBackboneName, isNetworkName, knownNetwork } from '../../src/models/networks/networks.ts';
import { expectedMd5, findWeights, ownFile, weightsVariable } from '../../src/models/networks/published-weights.ts';
import { describeSetting, startingSize } from '../../src/notebook/starting-point.ts';
import { normalizationOf } from '../../src/pixels/preprocess.ts';
import { md5Of } from '../../src/storage/downloads/checksum.ts';

interface WithNames {
  readonly flags: Readonly<Record<string, { readonly choices?: readonly string[] }>>;
  readonly operands?: { readonly choices?: readonly string[] };
}
const commands = COMMANDS as unknown as Readonly<Record<string, WithNames>>;
const docs = ['guide.md', 'onnx.md'].map((name) => readFileSync(path.join('docs', name), 'utf8')).join('\n');

afterEach(() => vi.unstubAllEnvs());

describe.each(BACKBONE_NAMES)('%s', (name) => {
  const { title, about, licence, keras, own, hub, layers, onnx, fast } = knownNetwork(name);

  it('is layers or an ONNX file, and its weights have a home and a licence', () => {
    expect([layers, onnx].filter(Boolean)).toHaveLength(1);
    expect(keras || own || hub).toBeTruthy();
    expect(hub !== undefined && (keras ?? own) !== undefined).toBe(false);
    for (const words of [title, about, licence]) expect(words).toMatch(/^\S.*\S$/);
    expect(docs).toContain(`\`${name}\``);
    if (hub) expect(docs.split('\n').find((line) => line.startsWith(`| \`${name}\``))).toContain(licence);
    expect(() => normalizationOf(layers?.preprocess ?? onnx!.input.preprocess)).not.toThrow();
    expect(isNetworkName(name)).toBe(layers !== undefined);
  });

  it('is offered by every command and file that takes a backbone', () => {
    for (const [command, { flags }] of Object.entries(commands))
      if (flags.backbone?.choices) expect(flags.backbone.choices, command).toContain(name);
    expect(commands.download.operands!.choices!.includes(name)).toBe(Boolean(keras ?? hub));
    const sweep = { data: 'shapes10', backbone: name, train: 10, test: 10, grid: {} };
    expect(parseSweepFile(JSON.stringify(sweep), 'GRID.json')).toMatchObject({ backbone: name });
  });

  it('is known where its weights lie, or what fetches them', () => {
    vi.stubEnv('GRAFT_DATA', '/nowhere');
    vi.stubEnv('HF_HUB_CACHE', '/nowhere');
    if (isNetworkName(name)) vi.stubEnv(weightsVariable(name), '');
    const said = knownBackbones().find(({ backbone }) => backbone === name)!;
    expect(said.here).toBe(own !== undefined);
    expect(said.weights).toMatch(own ? /^data\/weights\// : new RegExp(`npm run download -- ${name}\\b`));
    if (isHubBackboneName(name)) expect(() => cachedModel(name)).toThrow(`\`npx graft download ${name}\` does it`);
  });

  it.runIf(keras)('is fetched from Keras with the top or without, into files that nothing else is called', () => {
    for (const { name: file, url, md5, bytes } of keras!) {
      expect(url).toMatch(/^https:\/\/storage\.googleapis\.com\/tensorflow\/keras-applications\//);
      expect(url.endsWith(`/${file}`)).toBe(true);
      expect(md5 ?? bytes).toBeDefined();
    }
    const all = BACKBONE_NAMES.flatMap((one) => knownNetwork(one).keras ?? []).map((one) => one.name);
    expect(new Set(all).size).toBe(all.length);
  });

  it.runIf(layers)('is built, described and saved as what it is', async () => {
    if (!isNetworkName(name)) return expect.fail();
    expect(topInputs(layers!)).toBeGreaterThan(0);
    expect(startingSize(name, { int8: true })).toBe(layers!.inputSize);
    expect(startingSize(name, { int8: false })).toBe(fast?.inputSize ?? layers!.inputSize);
    expect(describeSetting('shapes10', name)).toContain(`with ${title}, ${about}`);
    const backbone = { network: name, cut: 'x', inputSize: 32, weights: 'x', fingerprint: 'x' };
    const head = { weights: [], sha256: '0'.repeat(64), topology: {} };
    const saved = {
      format: formatOf(undefined),
      classNames: ['a'],
      imageSize: [8, 8],
      kernel: 'area',
      preprocess: 'tf',
    } as const;
    expect(() => checkSaved({ ...saved, backbone, head }, 'classifier.json')).not.toThrow();
    if (!own) return;
    vi.stubEnv('GRAFT_DATA', '/nowhere');
    vi.stubEnv(weightsVariable(name), '');
    expect(findWeights(name)).toBe(ownFile(own));
    expect(await md5Of(ownFile(own))).toBe(expectedMd5(ownFile(own)));
  });

  it.runIf(own && onnx)('is loaded as its file is known', async () => {
    const backbone = await loadBackbone(name);
    expect(backbone).toMatchObject({ kind: 'backbone', cut: onnx!.cut, file: { sha256: own!.sha256 } });
  });

  it(`is ${fast ? '' : 'not '}made faster with a smaller input`, () => {
    if (fast) expect(fastSize(name).inputSize).toBe(fast.inputSize);
    else expect(() => fastSize(name)).toThrow(`got ${name}.`);
  });
});
