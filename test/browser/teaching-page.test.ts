import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadToPredict } from '../../src/classifier/load.ts';
import { predict } from '../../src/classifier/predict.ts';
import { photos } from '../../src/data/photos.ts';
import { resizingOf } from '../../src/data/dataset.ts';
import { unseen } from '../../src/data/seen.ts';
import type { Project } from '../../src/page/browser/teach/project.ts';
import { projectZip } from '../../src/page/browser/teach/saved-project.ts';
import { saveTeachingPage } from '../../src/page/save-teaching-page.ts';
import type { TeachFacts } from '../../src/page/teach-facts.ts';
import { evaluate } from '../../src/training/evaluation/evaluate.ts';
import { axeFindings } from './axe.ts';
import { dropFiles, launch, openOffline } from './browser.ts';

const DRAWN = 'data/drawn-flowers';
const MARKUP = '<img src=x onerror="document.title=1">';

let folder: string;
let browser: Browser;
let facts: TeachFacts;
const inFolder = (...names: string[]): string => path.join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'teaching-page-'));
  const { bytes } = await saveTeachingPage(inFolder('teach.html'));
  expect(bytes).toBeLessThan(10e6);
  const html = readFileSync(inFolder('teach.html'), 'utf8');
  facts = JSON.parse(/id="facts">([^<]*)</.exec(html)![1]) as TeachFacts;
  browser = await launch(['--use-fake-device-for-media-stream', '--enable-unsafe-swiftshader']);
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** Opens the page from its file, offline. */
const open = (options?: Parameters<typeof openOffline>[2]) => openOffline(browser, inFolder('teach.html'), options);

/** Waits until so many files were looked at, and so many pictures are learnt from. */
async function taught(page: Page, done: number, pictures: number): Promise<void> {
  await page.waitForSelector(`body[data-done="${done}"]`, { timeout: 240_000 });
  await page.waitForSelector(`body[data-trained="${pictures}"]`, { timeout: 60_000 });
}

const say = (page: Page): Promise<string> => page.locator('#state').innerText();
const cardOf = (page: Page, name: string) => page.locator(`.class[aria-label=${JSON.stringify(name)}]`);

async function saved(page: Page, file: string): Promise<void> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
  await download.saveAs(inFolder(file));
}

/** A ZIP of classes with drawn embeddings, which cost the network nothing. */
async function zipOfMany(classes: number, each: number, nameOf: (c: number) => string): Promise<string> {
  const small = new Blob([
    new Uint8Array(
      await sharp({ create: { width: 64, height: 64, channels: 3, background: '#486' } })
        .jpeg()
        .toBuffer(),
    ),
  ]);
  const project: Project = Array.from({ length: classes }, (_, c) => ({
    id: c + 1,
    name: nameOf(c),
    pictures: Array.from({ length: each }, (_, i) => {
      const embedding = new Float32Array(facts.length);
      for (let d = 0; d < 4; d++) embedding[(7 * c + d * (i + 1)) % facts.length] = 1;
      const content = String(c * each + i).padStart(32, '0');
      return { name: `${i}.jpg`, contents: [content, `f${content.slice(1)}`], embedding, small, from: 'file' };
    }),
  }));
  writeFileSync(inFolder(`${classes}.zip`), await projectZip(project, facts));
  return inFolder(`${classes}.zip`);
}

describe('the page in which a classifier is taught', () => {
  it('learns from folders, tests itself on a fifth, and saves a ZIP that Graft takes and a page opens again', async () => {
    const { page, context, foreign } = await open();
    await dropFiles(page, 'h1', [path.resolve(DRAWN)]);
    await taught(page, 67, 63); // two are damaged, two are there twice
    const refused = await page.locator('#refused').textContent();
    expect(refused).toContain('daisy-16.png: expected a picture; this file is none');
    expect(refused).toContain('tulip-16.jpg: expected a picture; it is cut short');
    expect(refused).toMatch(/(IMG_0042|rose-04)\.jpg: it is in “(rose|tulip)” already/);
    expect(
      await page.locator('.name').evaluateAll((inputs) => inputs.map((one) => (one as HTMLInputElement).value)),
    ).toEqual(['daisy', 'rose', 'sunflower', 'tulip']);
    const figure = await page.locator('#figure').innerText();
    const [, accuracy, n] = /named (\d+\.\d) % \(95 % interval .*, n = (\d+)\) rightly/.exec(figure)!;
    expect(Number(accuracy)).toBeGreaterThan(60);
    await saved(page, 'taught.zip');

    const classifier = await loadToPredict(inFolder('taught.zip'));
    const how = { size: 224, ...resizingOf(classifier.fit!), testShare: 1, progress: false };
    const { test } = await photos(DRAWN, how);
    const { rest } = unseen(test, classifier.seen!);
    const judged = await evaluate(classifier, rest!, { extract: { progress: false } });
    // what was held back, and what is there twice in another class
    expect(Math.abs(judged.right.length - Number(n))).toBeLessThanOrEqual(2);
    expect(Math.abs(100 * judged.accuracy.value - Number(accuracy))).toBeLessThan(15);

    const one = path.resolve(DRAWN, 'tulip/tulip-03.jpg');
    await page.setInputFiles('#choose', one);
    await expect.poll(() => page.locator('#said').innerText()).not.toBe('');
    const [{ className }] = await predict(classifier, [one]);
    expect(await page.locator('#said').innerText()).toBe(className);

    await cardOf(page, 'rose').getByRole('button', { name: 'Remove class' }).click();
    await page.waitForFunction(() => Number(document.body.dataset.trained) < 50);
    await page.click('#undo');
    await page.waitForSelector('body[data-trained="63"]');
    for (const name of ['daisy', 'rose', 'sunflower', 'tulip'])
      await cardOf(page, name).getByRole('button', { name: 'Remove class' }).click();
    await page.waitForSelector('body[data-trained="0"]');
    await page.setInputFiles('#open', inFolder('taught.zip'));
    await page.waitForSelector('body[data-trained="63"]');
    const plain = (text: string): string => text.replace(/in \d+\.\d s\./, '');
    expect(plain(await page.locator('#figure').innerText())).toBe(plain(figure));
    await saved(page, 'again.zip');
    expect(readFileSync(inFolder('again.zip'))).toEqual(readFileSync(inFolder('taught.zip')));
    expect(foreign).toEqual([]);
    await context.close();
  });

  it('says what is wrong with what it is given, and goes on', async () => {
    const wrong = {
      'notes.txt': 'expected a picture; this file is none',
      'empty.jpg': 'expected a picture; the file is empty',
      'huge.png': 'it has 400 million pixels',
      'scan.tif': 'browsers do not read TIFF',
    };
    const plain = sharp({ create: { width: 300, height: 200, channels: 3, background: '#a33' } });
    const huge = await plain.clone().png().toBuffer();
    huge.writeUInt32BE(20_000, 16);
    huge.writeUInt32BE(20_000, 20);
    mkdirSync(inFolder('given'));
    writeFileSync(inFolder('given/notes.txt'), 'x');
    writeFileSync(inFolder('given/empty.jpg'), '');
    writeFileSync(inFolder('given/huge.png'), huge);
    await plain.clone().tiff().toFile(inFolder('given/scan.tif'));
    await plain.clone().png().toFile(inFolder('given/right.png'));
    writeFileSync(inFolder('other.zip'), readFileSync(inFolder('given/right.png')));
    const { page, context, foreign } = await open();
    await dropFiles(page, '.class', [inFolder('given')]);
    await page.waitForSelector('body[data-done="5"]');
    const refused = await page.locator('#refused').textContent();
    for (const [name, text] of Object.entries(wrong)) expect(refused).toMatch(new RegExp(`${name}: .*${text}`));
    expect(await page.locator('.pictures img').count()).toBe(1);
    await page.setInputFiles('#open', inFolder('other.zip'));
    await expect.poll(() => say(page)).toMatch(/other\.zip: Expected a ZIP that a teaching page saved/);
    await page.click('#camera'); // which nobody allowed
    await expect.poll(() => say(page)).toMatch(/does not let this page use the camera/);
    const name = page.locator('.name').first();
    await name.fill('Class 2');
    await name.press('Enter');
    expect(await page.locator('.problem').first().innerText()).toContain('There is a class “Class 2” already.');
    for (const [i, given] of [MARKUP, 'n'.repeat(200)].entries()) {
      await page.locator('.name').nth(i).fill(given);
      await page.locator('.name').nth(i).press('Enter');
      await expect.poll(() => page.locator('.class').nth(i).getAttribute('aria-label')).toBe(given);
    }
    expect(await page.title()).toBe('Teach a classifier');
    await page.locator('.pictures button').click();
    await expect.poll(() => page.locator('.pictures img').count()).toBe(0);
    expect(foreign).toEqual([]);
    await context.close();
  });

  it('takes pictures from the camera while a button is held, and says what it sees meanwhile', async () => {
    const { page, context, foreign } = await open({ permissions: ['camera'] });
    await page.click('#camera');
    for (const i of [0, 1]) {
      const button = page.getByRole('button', { name: 'Hold to take pictures' }).nth(i);
      await button.hover();
      await page.mouse.down();
      await page.waitForTimeout(600);
      await page.mouse.up();
      await button.press('Enter'); // by the keyboard, one more
    }
    await expect.poll(() => page.locator('#bars li').count(), { timeout: 60_000 }).toBe(2);
    expect(await page.locator('.pictures img').count()).toBeGreaterThanOrEqual(6);
    expect(await page.locator('#figure').innerText()).toMatch(/^Too few to say how right it is/);
    await page.click('#camera-off');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('camera');
    expect(foreign).toEqual([]);
    await context.close();
  });

  it('has room for 1,000 classes', async () => {
    const { page, context } = await open();
    await page.setInputFiles('#open', await zipOfMany(1000, 1, (c) => `class ${c}`));
    await page.waitForSelector('body[data-trained="1000"]', { timeout: 120_000 });
    expect(await page.locator('.class').count()).toBe(1000);
    expect(await page.locator('#figure').innerText()).toMatch(/no picture is held back yet.*Trained on 1000/);
    await context.close();
  });

  it('is readable at 360 and 1,200 pixels, light and dark, by people who hear it too', async () => {
    const archive = await zipOfMany(3, 12, (c) => ['daisy', MARKUP, 'n'.repeat(200)][c]);
    for (const [colorScheme, width] of [
      ['light', 1200],
      ['dark', 360],
    ] as const) {
      const { page, context } = await open({
        bypassCSP: true, // axe is a script, which the page's policy does not let in
        colorScheme,
        viewport: { width, height: 800 },
        permissions: ['camera'],
      });
      await page.setInputFiles('#open', archive);
      await page.waitForSelector('body[data-trained="36"]');
      await page.setInputFiles('#choose', path.resolve(DRAWN, 'rose/rose-01.jpg'));
      await page.waitForSelector('#answer:not([hidden])');
      await page.setInputFiles('#open', path.resolve('package.json'));
      await page.click('#camera');
      await page.waitForSelector('#viewfinder:not([hidden])');
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect(await axeFindings(page)).toEqual([]);
      if (process.env.GRAFT_TEST_SCREENSHOTS)
        await page.screenshot({
          path: path.join(process.env.GRAFT_TEST_SCREENSHOTS, `teach-${colorScheme}-${width}.png`),
          fullPage: true,
        });
      await context.close();
    }
  });
});
