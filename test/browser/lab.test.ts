import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guessed } from '../plots/fixed-rows.ts';
import { perClassAccuracy } from '../../src/plots/per-class.ts';
import { launch, notebookOf, overlappingTexts, startLab, watchRequests } from './browser.ts';

const FOLDER = 'results/browser';
let browser: Browser;
let lab: Awaited<ReturnType<typeof startLab>>;
let data: string;

beforeAll(async () => {
  data = mkdtempSync(path.join(os.tmpdir(), 'browser-'));
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  // no configuration: what comes with the project; the committed notebook itself stays as it is
  lab = await startLab({ ...process.env, CIFAR10_DIR: '', VGG19_WEIGHTS: '', VGG16_WEIGHTS: '', GRAFT_DATA: data });
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await lab?.stop();
  rmSync(FOLDER, { recursive: true, force: true });
  rmSync(data, { recursive: true, force: true });
});

function notebookFile(name: string, cells: string[]): string {
  const file = path.join(FOLDER, name);
  writeFileSync(file, notebookOf(cells));
  return file;
}

/** Notebook 01 with its outputs, for fewer and smaller images. */
function story(name: string): string {
  const file = path.join(FOLDER, name);
  const few = readFileSync('notebooks/01-transfer-learning.ipynb', 'utf8')
    .replace('let train = 1000;', 'let train = 200;')
    .replace('let test = 500;', 'let test = 100;')
    .replace('= startingSize(backbone);', '= 96;');
  expect(few).toMatch(/let train = 200;.*let test = 100;.*let inputSize = 96;/s);
  writeFileSync(file, few);
  return file;
}

async function open(file: string): Promise<{ page: Page; foreign: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  const foreign = watchRequests(page);
  await page.goto(lab.url.replace(/\/lab[^?]*/, `/lab/workspaces/${path.parse(file).name}/tree/${file}`));
  await page.waitForSelector('.jp-Notebook .jp-Cell', { timeout: 120_000 });
  await page.waitForSelector('text=/TypeScript \\(Graft\\) \\| Idle/', { timeout: 120_000 });
  return { page, foreign };
}

async function menu(page: Page, name: string, item: string): Promise<void> {
  await page.click(`.lm-MenuBar-itemLabel:text-is("${name}")`);
  await page.click(`.lm-Menu-itemLabel:text-is("${item}")`);
}

const SECONDS = 240;

const prompts = (page: Page): Promise<string> =>
  page.evaluate(() => [...document.querySelectorAll('.jp-InputPrompt')].map((e) => e.textContent).join(' '));

/** Waits until no cell is running or waiting, for as long as a busy machine may take. */
async function idle(page: Page): Promise<void> {
  await page.waitForTimeout(1500);
  for (let i = 0; i < SECONDS; i++) {
    if (!(await prompts(page)).includes('*')) return;
    await page.waitForTimeout(1000);
  }
  throw new Error(`cells still run after ${SECONDS} s: ${await prompts(page)}`);
}

describe('notebook 01 in JupyterLab', () => {
  it('shows its pictures before it was ever trusted, runs from top to bottom, and sits well in both themes', async () => {
    const { page, foreign } = await open(story('story.ipynb'));
    const widths = (): Promise<number[]> =>
      page.evaluate(() =>
        [...document.querySelectorAll<HTMLImageElement>('.jp-OutputArea img')].map((img) => img.naturalWidth),
      );
    expect((await widths()).filter((width) => width > 300).length).toBeGreaterThanOrEqual(8);
    await menu(page, 'Run', 'Run All Cells');
    await idle(page);
    for (const kind of ['error', 'stderr']) {
      const wrong = page.locator(`.jp-OutputArea [data-mime-type="application/vnd.jupyter.${kind}"]`);
      expect(await wrong.allTextContents(), kind).toEqual([]);
    }
    expect((await widths()).filter((width) => width > 300).length).toBeGreaterThanOrEqual(8);
    expect(await page.locator('.jp-OutputArea progress').count()).toBeGreaterThanOrEqual(3);
    const text = (await page.locator('.jp-Notebook').textContent()) ?? ''; // of cells out of view as well
    expect(text).toMatch(/This notebook runs on the sample of CIFAR-10/);
    expect(text).toMatch(/test accuracy \d\d\.\d % \(95 % interval/);
    expect(await overlappingTexts(page)).toEqual([]);
    await page.click('.lm-MenuBar-itemLabel:text-is("Settings")');
    await page.hover('.lm-Menu-itemLabel:text-is("Theme")');
    await page.click('.lm-Menu-itemLabel:text-is("JupyterLab Dark")');
    await page.waitForTimeout(1500);
    const colours = await page.evaluate(() => {
      const card = document.querySelector('.jp-OutputArea img')!.closest('[style*="background"]')!;
      return [
        getComputedStyle(document.querySelector('.jp-Notebook')!).backgroundColor,
        getComputedStyle(card).backgroundColor,
        getComputedStyle(card).color,
      ];
    });
    expect(colours[0]).not.toBe('rgb(255, 255, 255)');
    expect(colours.slice(1)).toEqual(['rgb(255, 255, 255)', 'rgb(34, 34, 34)']);
    expect(foreign).toEqual([]);
    await page.close();
  });
});

describe('the exported page', () => {
  it('opens with the network closed, in light and dark, without overlapping labels, at 480 to 1,200 pixels', async () => {
    const name = 'browser-export';
    const file = story(`${name}.ipynb`);
    const env = { ...process.env, CIFAR10_DIR: '', VGG19_WEIGHTS: '', VGG16_WEIGHTS: '', GRAFT_DATA: data };
    await promisify(execFile)(process.execPath, ['src/notebook/jupyter/run.mjs', file, '--set', 'epochs=3'], { env });
    const context = await browser.newContext({ offline: true });
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [480, 1200]) {
        const page = await context.newPage();
        const requests: string[] = [];
        page.on('request', (request) => request.url().startsWith('data:') || requests.push(request.url()));
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme });
        await page.goto(`file://${path.resolve('results', `${name}.html`)}`);
        expect(requests).toHaveLength(1); // the page itself
        const { wide, images, background, folds, provenance, brokenLines } = await page.evaluate(() => ({
          wide: document.documentElement.scrollWidth > window.innerWidth + 1,
          images: [...document.images].filter((img) => img.naturalWidth > 0).length,
          background: getComputedStyle(document.body).backgroundColor,
          folds: document.querySelectorAll('details.graft-code').length,
          provenance: document.querySelector('.graft-provenance')?.textContent ?? '',
          // of model.summary(): the table is scrolled, not broken into pieces
          brokenLines: [...document.querySelectorAll('pre.graft-boxes')].map((pre) => {
            const lines = String(pre.textContent).trimEnd().split('\n').length;
            return Math.round(pre.scrollHeight / parseFloat(getComputedStyle(pre).lineHeight)) - lines;
          }),
        }));
        expect(wide, `${width} px`).toBe(false);
        expect(images).toBeGreaterThanOrEqual(8);
        expect(background === 'rgb(255, 255, 255)').toBe(colorScheme === 'light');
        expect(folds).toBeGreaterThan(10);
        expect(brokenLines).toHaveLength(1);
        expect(brokenLines[0]).toBeLessThan(3);
        expect(provenance).toMatch(/commit.*cifar10-sample.*vgg16/s);
        if (width === 1200) expect(await overlappingTexts(page)).toEqual([]);
        await page.close();
      }
    }
    expect(statSync(path.join('results', `${name}.html`)).size).toBeLessThan(3_000_000);
    await context.close();
    for (const ending of ['html', 'ipynb']) rmSync(path.join('results', `${name}.${ending}`), { force: true });
  });
});

describe('a notebook in JupyterLab', () => {
  it('stops "Run All" at an error that shows the line', async () => {
    const { page } = await open(
      notebookFile('error.ipynb', ["const a = 1;\nthrow new RangeError('too far');", "console.log('not reached');"]),
    );
    await menu(page, 'Run', 'Run All Cells');
    await idle(page);
    const text = await page.locator('.jp-Notebook').innerText();
    expect(text).toContain('RangeError: too far');
    expect(text).toMatch(/--> +2 \| throw new RangeError/);
    expect(await page.locator('.jp-OutputArea-output >> text=not reached').count()).toBe(0);
    await page.close();
  });

  it('stops training and the cells behind it when Stop is pressed, and goes on when asked', async () => {
    const { page } = await open(
      notebookFile('stop.ipynb', [
        [
          "import * as tf from '@tensorflow/tfjs';",
          "import { features, fit, liveCurve } from 'graft-ml';",
          'const input = tf.input({ shape: [4] });',
          "const head = tf.model({ inputs: input, outputs: tf.layers.dense({ units: 2, activation: 'softmax' }).apply(input) as tf.SymbolicTensor });",
          'const rows = Float32Array.from({ length: 500 * 4 }, (_, i) => Math.sin(i));',
          'const data = features(rows, Array.from({ length: 500 }, (_, i) => i % 2));',
        ].join('\n'),
        'const history = await fit(head, data, { epochs: 100_000, onEpoch: liveCurve({ epochs: 100 }) });',
        'console.log(`ended: ${history.stopped}`);',
      ]),
    );
    await menu(page, 'Run', 'Run All Cells');
    await page.waitForSelector('.jp-OutputArea img[alt^="loss by epoch"]', { timeout: 120_000 });
    await page.click('jp-button[data-command="notebook:interrupt-kernel"], [data-command="notebook:interrupt-kernel"]');
    await idle(page);
    const notebook = page.locator('.jp-Notebook');
    expect(await notebook.innerText()).toContain('Interrupted: the cell was interrupted');
    expect(await page.locator('.jp-OutputArea-output >> text=ended: interrupted').count()).toBe(0);
    await page.locator('.jp-Cell .cm-content').nth(2).click();
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('.jp-OutputArea-output >> text=ended: interrupted', { timeout: 120_000 });
    await page.close();
  });

  it('completes with Tab', async () => {
    const { page } = await open(
      notebookFile('complete.ipynb', [
        "import { shapes10 } from 'graft-ml';\nconst images = shapes10({ train: 10 }).train;",
        'images.cla',
      ]),
    );
    await menu(page, 'Run', 'Run All Cells');
    await idle(page);
    await page.locator('.jp-Cell .cm-content').nth(1).click();
    await page.keyboard.press('End');
    // JupyterLab drops an answer that takes longer than a second; one match is put in at once, several are offered
    const text = (): Promise<string> => page.locator('.jp-Cell .cm-content').nth(1).innerText();
    await expect
      .poll(
        async () => {
          if ((await text()).includes('classNames')) return true;
          if (!(await page.locator('.jp-Completer-item:visible').count())) await page.keyboard.press('Tab');
          await page.waitForTimeout(1000);
          return (await page.locator('.jp-Completer >> text=classNames').count()) > 0;
        },
        { timeout: 120_000 },
      )
      .toBe(true);
    await page.close();
  });

  it('explains with Shift-Tab what is under the cursor', async () => {
    const { page } = await open(notebookFile('inspect.ipynb', ["import { subset } from 'graft-ml';", 'subset']));
    await menu(page, 'Run', 'Run All Cells');
    await idle(page);
    await page.locator('.jp-Cell .cm-content').nth(1).click();
    await page.keyboard.press('End');
    await page.keyboard.press('Shift+Tab');
    await page.waitForSelector('.jp-Tooltip', { timeout: 120_000 });
    expect(await page.locator('.jp-Tooltip').innerText()).toContain('Gives a seeded, stratified part of a data set');
    await page.close();
  });

  it('runs with an edited file of the project when a cell is run again', async () => {
    const folder = 'results/browser/edited';
    const word = (value: string): void =>
      writeFileSync(path.join(folder, 'word.ts'), `export const word = '${value}';\n`);
    mkdirSync(folder, { recursive: true });
    word('before');
    writeFileSync(
      path.join(folder, 'sentence.ts'),
      "import { word } from './word.ts';\nexport const sentence = () => `it says ${word}`;\n",
    );
    const { page } = await open(
      notebookFile('edit.ipynb', [
        "import { sentence } from './results/browser/edited/sentence';",
        'console.log(sentence());',
      ]),
    );
    await menu(page, 'Run', 'Run All Cells');
    await page.waitForSelector('.jp-OutputArea-output >> text=it says before', { timeout: 120_000 });
    word('after');
    await page.locator('.jp-Cell .cm-content').nth(1).click();
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('.jp-OutputArea-output >> text=it says after', { timeout: 120_000 });
    await page.close();
  });

  it('has tooltips on bars and points, in a notebook that was never trusted', async () => {
    const file = path.join(FOLDER, 'tooltips.ipynb');
    const html = perClassAccuracy(guessed([0, 0, 1, 1], [0, 1, 1, 1], ['cat', 'dog']));
    const output = { output_type: 'display_data', metadata: {}, data: { 'text/html': html } };
    const cell = { id: 'c0', cell_type: 'code', source: '', metadata: {}, outputs: [output], execution_count: 1 };
    const kernelspec = { name: 'graft', display_name: 'TypeScript (Graft)', language: 'typescript' };
    writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells: [cell] }));
    const { page } = await open(file);
    const boxes = await page.evaluate(() => {
      const picture = document.querySelector('.jp-OutputArea img')!.getBoundingClientRect();
      const spans = [...document.querySelectorAll<HTMLElement>('.jp-OutputArea span[title]')];
      // the drawing for narrow screens is there too, and hidden
      return spans
        .filter((span) => span.offsetParent)
        .map((span) => {
          const box = span.getBoundingClientRect();
          const inside =
            box.left >= picture.left &&
            box.right <= picture.right &&
            box.top >= picture.top &&
            box.bottom <= picture.bottom;
          return { title: span.getAttribute('title'), wide: box.width / picture.width, inside };
        });
    });
    expect(boxes.map(({ title }) => title?.slice(0, 14))).toEqual(['dog: 100.0 % o', 'cat: 50.0 % of']);
    expect(boxes.every(({ inside }) => inside)).toBe(true);
    expect(boxes[0].wide / boxes[1].wide).toBeCloseTo(2, 1);
    await page.close();
  });
});
