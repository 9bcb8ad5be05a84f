import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { efficientNetLite0 } from '../../src/backbones/load-backbone.ts';
import type { Classifier } from '../../src/classifier/classifier.ts';
import { describe as description } from '../../src/classifier/export/description.ts';
import { runOnnx } from '../../src/classifier/export/graph/run-onnx.ts';
import { predict } from '../../src/classifier/predict.ts';
import { photos } from '../../src/data/photos.ts';
import { decodeWhole } from '../../src/data/pictures/decode.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { resizingOf } from '../../src/data/dataset.ts';
import { pageModel } from '../../src/page/page-model.ts';
import { savePage } from '../../src/page/save-page.ts';
import { toSize } from '../../src/pixels/to-size.ts';
import { drawnClassifier, type DrawnOptions } from '../classifier/export/drawn-classifier.ts';
import { mini } from '../classifier/export/layer-backbones.ts';
import { axeFindings } from './axe.ts';
import { dropFiles, launch, openOffline } from './browser.ts';

const FIT: DrawnOptions['fit'] = { fit: 'crop', cropFraction: 0.875, interpolation: 'bicubic' };
const MARKUP = '<img src=x onerror="document.title=1">';

let folder: string;
let browser: Browser;
let flowers: Classifier;
const inFolder = (...names: string[]): string => path.join(folder, ...names);

/** Pictures that browsers and sharp decode to the same levels, and others. */
async function writePictures(): Promise<void> {
  const [width, height] = [150, 110];
  const levels = Uint8Array.from({ length: width * height * 4 }, (_, i) => {
    const [c, x, y] = [i % 4, Math.floor(i / 4) % width, Math.floor(i / 4 / width)];
    return c === 3 ? (x % 2 ? 40 : 255) : 127 + 120 * Math.sin((x * (c + 1)) / 9) * Math.cos(y / (7 + c));
  });
  const clear = sharp(levels, { raw: { width, height, channels: 4 } });
  const opaque = clear.clone().removeAlpha();
  const large = opaque.clone().resize(1800, 1320);
  await opaque.clone().png().toFile(inFolder('opaque.png'));
  await clear.clone().png().toFile(inFolder('clear.png'));
  await large.clone().png().toFile(inFolder('large.png'));
  await large.clone().withMetadata({ orientation: 6 }).jpeg({ quality: 90 }).toFile(inFolder('turned.jpg'));
  await opaque.clone().toColourspace('cmyk').jpeg().toFile(inFolder('cmyk.jpg'));
  await opaque.clone().tiff().toFile(inFolder('scan.tif'));
  const jpeg = readFileSync(inFolder('turned.jpg'));
  writeFileSync(inFolder('cut.jpg'), jpeg.subarray(0, jpeg.length >> 1));
  writeFileSync(inFolder('notes.txt'), 'no picture');
  writeFileSync(inFolder('empty.jpg'), '');
  const huge = readFileSync(inFolder('opaque.png'));
  huge.writeUInt32BE(20_000, 16); // its header's width and height
  huge.writeUInt32BE(20_000, 20);
  writeFileSync(inFolder('huge.png'), huge);
}

beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'classifier-page-'));
  await writePictures();
  flowers = await drawnClassifier(await efficientNetLite0(), {
    classNames: ['daisy', 'rose', MARKUP, 'n'.repeat(200), 'tulip'],
    imageSize: [224, 224],
    fit: FIT,
  });
  const { train } = await photos('data/drawn-flowers', { size: 224, ...resizingOf(FIT), progress: false });
  const trained = { ...train, classNames: flowers.classNames };
  const examples = ['opaque.png', 'turned.jpg'].map((name) => inFolder(name));
  await savePage(flowers, inFolder('flowers.html'), { pictures: 6, trained, examples, notSure: 0.35 });
  const classNames = Array.from({ length: 1000 }, (_, i) => `class ${i}`);
  await savePage(await drawnClassifier(await mini('block5_pool'), { classNames }), inFolder('thousand.html'));
  await savePage(await drawnClassifier(await mini('fc2'), { classNames: ['yes', 'no'] }), inFolder('two.html'));
  browser = await launch(['--use-fake-device-for-media-stream', '--enable-unsafe-swiftshader']);
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** Opens a page from its file, offline. */
const open = (name: string, options?: Parameters<typeof openOffline>[2]) =>
  openOffline(browser, inFolder(name), options);

/** Waits until so many pictures are done. */
const done = async (page: Page, count: number): Promise<void> => {
  await page.waitForSelector(`body[data-done="${count}"]`, { timeout: 120_000 });
};

async function csvOf(page: Page): Promise<Record<string, string>[]> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#csv')]);
  return parse<Record<string, string>>(readFileSync(await download.path()), { columns: true });
}

/** Gives a picture to the page as a paste would, since browsers let no test do so itself. */
const paste = (page: Page, name: string, bytes: Buffer): Promise<void> =>
  page.evaluate(
    ({ name, base64 }) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
      const init = { bubbles: true, cancelable: true };
      document.body.dispatchEvent(new ClipboardEvent('paste', { ...init, clipboardData: data }));
    },
    { name, base64: bytes.toString('base64') },
  );

const probabilitiesOf = (row: Record<string, string>): number[] => flowers.classNames.map((name) => Number(row[name]));

describe('the page that is a classifier', () => {
  it('answers what `predict` answers; on pictures without loss what its graph gives for the pixels of src/pixels', async () => {
    const { page, context, foreign } = await open('flowers.html');
    const names = ['opaque.png', 'clear.png', 'large.png', 'turned.jpg'];
    await page.setInputFiles(
      '#choose',
      names.map((name) => inFolder(name)),
    );
    await done(page, 4);
    const rows = await csvOf(page);
    expect(rows.map(({ file }) => file)).toEqual(names);
    const { file } = pageModel(flowers, description(flowers), { rounded: true, embedding: true });
    for (const [i, name] of names.slice(0, 3).entries()) {
      const { size, pixels } = await decodeWhole(readFileSync(inFolder(name)));
      const data = toSize(pixels, size, { ...resizingOf(FIT), size: 224 });
      const expected = await runOnnx(file, 'probabilities', 1, {
        feed: () => ({ images: { type: 'uint8', data, dims: [1, 224, 224, 3] } }),
        batch: undefined,
      });
      probabilitiesOf(rows[i]).forEach((value, k) => expect(Math.abs(value - expected[k]), name).toBeLessThan(1e-6));
    }
    const said = await predict(
      flowers,
      names.map((name) => inFolder(name)),
    );
    for (const [i, { ranking }] of said.entries())
      for (const { className, probability } of ranking)
        expect(Math.abs(Number(rows[i][className]) - probability), names[i]).toBeLessThan(0.05);
    expect(foreign).toEqual([]);
    await context.close();
  });

  it('takes pictures that are dropped, pasted, clicked on and from the camera', async () => {
    const { page, context, foreign } = await open('flowers.html', { permissions: ['camera'] });
    const bytes = readFileSync(inFolder('opaque.png'));
    mkdirSync(inFolder('folder/inner'), { recursive: true });
    writeFileSync(inFolder('folder/inner/dropped.png'), bytes);
    await dropFiles(page, 'h1', [inFolder('folder')]);
    await done(page, 1);
    await paste(page, 'pasted.png', bytes);
    await done(page, 2);
    await page.getByRole('button', { name: 'Try turned.jpg' }).click();
    await done(page, 3);
    await page.click('#camera');
    await page.click('#shutter');
    await done(page, 4);
    await page.click('#camera-off');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('camera');
    expect(await page.locator('#rows td:nth-child(2)').allInnerTexts()).toEqual([
      'dropped.png',
      'pasted.png',
      'turned.jpg',
      'camera-1.png',
    ]);
    await page.getByRole('button', { name: 'pasted.png' }).press('Enter');
    expect(await page.locator('#which').innerText()).toBe('pasted.png');
    expect(await page.locator('#bars li').count()).toBe(5);
    expect(await page.locator('#nearest img').count()).toBe(3);
    const seen = (): Promise<string> => page.$eval('#seen', (canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const plain = await seen();
    await page.check('#look');
    expect(await seen()).not.toBe(plain);
    expect(await page.title()).not.toBe('1');
    expect(foreign).toEqual([]);
    await page.click('#clear');
    expect(await page.locator('#results').isVisible()).toBe(false);
    await context.close();
  });

  it('says what is wrong with a file, and goes on', async () => {
    const { page, context } = await open('flowers.html');
    const wrong = {
      'notes.txt': 'expected a picture; this file is none',
      'empty.jpg': 'expected a picture; the file is empty',
      'cut.jpg': 'expected a picture; it is cut short',
      'scan.tif': 'expected a picture; browsers do not read TIFF; save it as JPEG or PNG',
      'huge.png': 'it has 400 million pixels (20000×20000), more than 100 million',
    };
    const names = [...Object.keys(wrong), 'cmyk.jpg'];
    await page.setInputFiles(
      '#choose',
      names.map((name) => inFolder(name)),
    );
    await done(page, names.length);
    const said = await page.locator('#rows td:nth-child(3)').allInnerTexts();
    Object.values(wrong).forEach((text, i) => expect(said[i]).toContain(text));
    expect(await page.locator('#note').innerText()).toContain('in the colours of print (CMYK)');
    await page.click('#camera'); // which nobody allowed
    await expect.poll(() => page.locator('#state').innerText()).toMatch(/camera/);
    await context.close();
  });

  it('lets nothing out', async () => {
    const { page, context, foreign } = await open('two.html', { offline: false });
    const tried = await page.evaluate(async () => {
      const gone = { fetch: '', code: '', picture: '', script: '' };
      gone.fetch = await fetch('http://127.0.0.1:9/').then(
        () => 'went',
        () => 'refused',
      );
      // not at once: what a test evaluates may evaluate
      gone.code = await new Promise((resolve) => {
        setTimeout(() => {
          try {
            (0, eval)('1');
            resolve('ran');
          } catch {
            resolve('refused');
          }
        });
      });
      gone.picture = await new Promise((resolve) => {
        const image = new Image();
        image.onload = () => resolve('went');
        image.onerror = () => resolve('refused');
        image.src = 'http://127.0.0.1:9/a.png';
      });
      const script = document.createElement('script');
      script.textContent = 'document.title = "ran"';
      document.body.append(script);
      gone.script = document.title === 'ran' ? 'ran' : 'refused';
      return gone;
    });
    expect(tried).toEqual({ fetch: 'refused', code: 'refused', picture: 'refused', script: 'refused' });
    expect(foreign).toEqual([]);
    await context.close();
  });

  it('has room for 300 pictures and 1,000 classes', async () => {
    const { page, context } = await open('thousand.html');
    mkdirSync(inFolder('many'));
    const bytes = readFileSync(inFolder('opaque.png'));
    const files = Array.from({ length: 300 }, (_, i) => inFolder('many', `${i}.png`));
    for (const file of files) writeFileSync(file, bytes);
    await page.setInputFiles('#choose', files);
    await done(page, 300);
    expect(await page.locator('#rows tr').count()).toBe(300);
    expect(await page.locator('#bars li').count()).toBe(10);
    await context.close();
  });

  it('is readable at 360 and 1,200 pixels, light and dark, by people who hear it too', async () => {
    for (const [colorScheme, width] of [
      ['light', 1200],
      ['dark', 360],
    ] as const) {
      const { page, context } = await open('flowers.html', {
        bypassCSP: true, // axe is a script, which the page's policy does not let in
        colorScheme,
        viewport: { width, height: 800 },
      });
      await page.setInputFiles('#choose', [inFolder('opaque.png'), inFolder('notes.txt')]);
      await done(page, 2);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      // no head of the table, and no class, breaks within a word
      const broken = await page.locator('th, #rows td:nth-child(3)').evaluateAll((cells) =>
        cells.flatMap((one) => {
          const range = document.createRange();
          range.selectNodeContents(one);
          const words = one.textContent.split(' ').length;
          return new Set([...range.getClientRects()].map(({ top }) => top)).size > words ? [one.textContent] : [];
        }),
      );
      expect(broken).toEqual([]);
      expect(await axeFindings(page)).toEqual([]);
      if (process.env.GRAFT_TEST_SCREENSHOTS)
        await page.screenshot({
          path: path.join(process.env.GRAFT_TEST_SCREENSHOTS, `${colorScheme}-${width}.png`),
          fullPage: true,
        });
      await context.close();
    }
  });
});
