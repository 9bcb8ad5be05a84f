import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gradCam } from '../../src/analysis/grad-cam.ts';
import { efficientNetLite0 } from '../../src/backbones/load-backbone.ts';
import type { Classifier } from '../../src/classifier/classifier.ts';
import { describe as description } from '../../src/classifier/export/description.ts';
import { runOnnx } from '../../src/classifier/export/graph/run-onnx.ts';
import { createDataset } from '../../src/data/dataset.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { pageModel } from '../../src/page/page-model.ts';
import { savePage } from '../../src/page/save-page.ts';
import { EMBEDDING, MAPS, type PageFacts } from '../../src/page/facts.ts';
import { bytesOfText } from '../../src/page/text-of-bytes.ts';
import { keyOf } from '../../src/storage/rows/keys.ts';
import { drawnClassifier, drawnPictures } from '../classifier/export/drawn-classifier.ts';
import { LAYER_BACKBONES } from '../classifier/export/layer-backbones.ts';

let folder: string;
const inFolder = (name: string): string => path.join(folder, name);
let small: Classifier;

beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'save-page-'));
  small = await drawnClassifier(await LAYER_BACKBONES['vgg19-mini to a feature map'](), {
    classNames: ['</script><b>x', '<!-- y', '"&', 'd', 'e'],
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Drawn pictures of the classifier's size, as a data set. */
async function drawn(n: number, [height, width]: readonly [number, number], classNames: readonly string[]) {
  const pixels = await drawnPictures(n, [height, width]);
  const each = height * width * 3;
  const one = (i: number): Uint8Array => pixels.subarray(i * each, (i + 1) * each);
  return createDataset({
    name: 'drawn',
    classNames,
    labels: Int32Array.from({ length: n }, (_, i) => i % classNames.length),
    imageSize: [height, width],
    keysAt: (indices) => Buffer.concat(Array.from(indices, (i) => keyOf(one(i)))),
    at: (indices) => Promise.resolve(new Uint8Array(Buffer.concat(Array.from(indices, one)))),
  });
}

const embedded = (html: string, id: string): string =>
  new RegExp(`<script type="[a-z/]+" id="${id}">([^<]*)</script>`).exec(html)![1];

describe('a page', () => {
  it('is one file whose policy lets only its own script run, whatever classes are called', async () => {
    const trained = await drawn(6, small.imageSize, small.classNames);
    const page = await savePage(small, inFolder('a.html'), { pictures: 5, trained, notSure: 0.5 });
    expect(page).toMatchObject({ kind: 'page', pictures: 5, examples: 0, notSure: 0.5 });
    expect(page.difference).toBeLessThan(0.05);
    expect(String(page)).toMatch(
      /MB, opens in a browser, offline too\n[\s\S]*holds 5 training pictures and no picture to try/,
    );
    const html = readFileSync(inFolder('a.html'), 'utf8');
    expect(html.replace(/<script[\s\S]*?<\/script>/g, '')).not.toMatch(/https?:|src=|href=/);
    const [, script] = /<script>([\s\S]*?)<\/script>\n<\/body>/.exec(html)!;
    expect(html).toContain(
      `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}' 'wasm-unsafe-eval'`,
    );
    expect(html).toContain("default-src 'none'");
    const facts = JSON.parse(embedded(html, 'facts')) as PageFacts;
    expect(facts.classNames).toEqual(small.classNames);
    expect(facts.outputs).toEqual([MAPS, EMBEDDING]);
    expect(facts.trained).toHaveLength(5);
    expect(facts.title).toBe('</script><b>x, <!-- y, "&, d or e?');
    expect(html).toContain('<h1>&lt;/script&gt;&lt;b&gt;x, &lt;!-- y, &quot;&amp;, d or e?</h1>');
    expect(facts.about.join(' ')).toContain('Nothing was measured');
    expect(
      gunzipSync(bytesOfText(embedded(html, 'wasm')))
        .subarray(0, 4)
        .toString('latin1'),
    ).toBe('\0asm');
  });

  it('answers as `predict` if its weights stay as they are', async () => {
    const page = await savePage(small, inFolder('exact.html'), { exact: true });
    expect(page.difference).toBeLessThan(1e-5);
  });

  it('looks where Grad-CAM looks', async () => {
    const classifier = await drawnClassifier(await efficientNetLite0(), { imageSize: [224, 224] });
    const pictures = await drawn(2, [224, 224], classifier.classNames);
    const { file, outputs } = pageModel(classifier, description(classifier), { rounded: false, embedding: false });
    expect(outputs).toEqual([MAPS]);
    const expected = await gradCam(classifier, pictures);
    const pixels = await pictures.read(0, 2);
    const maps = await runOnnx(file, MAPS, 2, {
      feed: (from, to) => ({
        images: { type: 'uint8', data: pixels.slice(from * 150528, to * 150528), dims: [to - from, 224, 224, 3] },
      }),
      batch: undefined,
    });
    const area = expected[0].map.length;
    expected.forEach(({ map, classIndex }, i) => {
      const own = maps.slice((i * 5 + classIndex) * area, (i * 5 + classIndex + 1) * area).map((v) => Math.max(0, v));
      const most = Math.max(...own);
      own.forEach((value, at) => expect(Math.abs(value / most - map[at])).toBeLessThan(1e-3));
    });
  });

  it('says nothing of where it looked if hidden layers lie between', async () => {
    const hidden = await drawnClassifier(await LAYER_BACKBONES['vgg19-mini to a vector'](), { hidden: [6] });
    expect(pageModel(hidden, description(hidden), { rounded: true, embedding: true }).outputs).toEqual([EMBEDDING]);
  });
});

describe('a page is refused, and nothing is written', () => {
  const refused = async (options: Parameters<typeof savePage>[2], message: RegExp, of = small, file = 'no.html') => {
    await expect(savePage(of, inFolder(file), options)).rejects.toThrow(message);
    expect(existsSync(inFolder(file))).toBe(false);
  };

  it('for a backbone that is too large', async () => {
    const { weights } = small.backbone;
    const large = { ...small, backbone: { ...small.backbone, weights: { ...weights!, bytes: 700e6 } } } as Classifier;
    await refused({}, /at most 150 MB in a page; vgg19-mini would take 175 MB.*Nothing was written/, large);
    await refused({ exact: true }, /would take 700 MB/, large);
  });

  it('for a file of another kind, and options that do not go together', async () => {
    await refused({}, /ends in \.html; got ".*no\.txt"/, small, 'no.txt');
    await refused({ pictures: 3 }, /\{ trained \}, for \{ pictures \}/);
    await refused({ notSure: 2 }, /notSure: expected a number from 0 to 1; got 2/);
    await refused({ examples: [inFolder('none.jpg')] }, /none\.jpg/);
    await refused(
      { pictures: 2, trained: await drawn(2, [8, 8], small.classNames) },
      /expected training pictures of 32×32/,
    );
  });

  it('for pictures that are no squares', async () => {
    await refused({}, /square pictures; this one takes 24×32/, { ...small, imageSize: [24, 32] });
  });
});
