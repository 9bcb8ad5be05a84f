import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, startLab } from './browser.ts';

const FOLDER = 'results/own-notebook';
let browser: Browser;
let lab: Awaited<ReturnType<typeof startLab>>;

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  lab = await startLab({ ...process.env, CIFAR10_DIR: '', VGG19_WEIGHTS: '', VGG16_WEIGHTS: '' });
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await lab?.stop();
  rmSync(FOLDER, { recursive: true, force: true });
});

/** A notebook with empty cells, as a user begins one. */
async function begin(name: string, cells: number): Promise<Page> {
  const kernelspec = { name: 'graft', display_name: 'TypeScript (Graft)', language: 'typescript' };
  const empty = Array.from({ length: cells }, (_, i) => ({
    id: `c${i}`,
    cell_type: 'code',
    source: '',
    metadata: {},
    outputs: [],
    execution_count: null,
  }));
  writeFileSync(
    `${FOLDER}/${name}.ipynb`,
    JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells: empty }),
  );
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  await page.goto(lab.url.replace(/\/lab[^?]*/, `/lab/workspaces/${name}/tree/${FOLDER}/${name}.ipynb`));
  await page.waitForSelector('.jp-Notebook .jp-Cell', { timeout: 60_000 });
  await page.waitForSelector('text=/TypeScript \\(Graft\\) \\| Idle/', { timeout: 60_000 });
  return page;
}

const cell = (page: Page, n: number) => page.locator('.jp-Cell .cm-content').nth(n);

async function run(page: Page, n: number, code: string): Promise<string> {
  await cell(page, n).click();
  await page.keyboard.insertText(code);
  await page.keyboard.press('Control+Enter');
  await page.waitForFunction(
    (i) => /^\[\d+\]:$/.test(document.querySelectorAll('.jp-InputPrompt')[i].textContent ?? ''),
    n,
    { timeout: 60_000 },
  );
  return page.locator('.jp-Cell').nth(n).locator('.jp-OutputArea').innerText();
}

/** Completes what was typed: one match is put in by a second Tab. */
async function complete(page: Page): Promise<void> {
  await page.keyboard.press('Tab');
  await page.waitForSelector('.jp-Completer-item', { timeout: 20_000 });
  await page.keyboard.press('Tab');
}

describe('a notebook begun from nothing', () => {
  it('completes a name that is not imported and writes its import; a second joins it', async () => {
    const page = await begin('imports', 2);
    await page.waitForTimeout(5000); // the kernel gets to know ./src when it has nothing to do
    await cell(page, 0).click();
    await page.keyboard.type('shapes1');
    await complete(page);
    await expect
      .poll(() => cell(page, 0).innerText(), { timeout: 10_000 })
      .toBe("import { shapes10 } from './src';\nshapes10");
    await page.keyboard.type('({ train: 12 });\nsho');
    await page.keyboard.press('Tab');
    await page.waitForSelector('.jp-Completer-item', { timeout: 20_000 });
    await page.locator('.jp-Completer-item[data-value="show"]').click();
    await expect
      .poll(() => cell(page, 0).innerText(), { timeout: 10_000 })
      .toContain("import { shapes10, show } from './src';");
    await page.close();
  });

  it('shows a signature with the argument in bold', async () => {
    const page = await begin('signature', 1);
    await cell(page, 0).click();
    await page.keyboard.insertText("import { fit } from './src';\nfit(head, ");
    await page.keyboard.press('Shift+Tab');
    await page.waitForSelector('.jp-Tooltip b', { timeout: 20_000 });
    expect(await page.locator('.jp-Tooltip b').innerText()).toMatch(/^images: /);
    await page.close();
  });

  it('draws with Plot, shows tables, help and pictures, and names the import that a cell lacks', async () => {
    const page = await begin('rich', 6);
    await run(
      page,
      0,
      "import * as Plot from '@observablehq/plot';\nconst rows = [{ x: 1, y: 2, z: 3 }, { x: 2, y: 4, z: 9 }];\nrows",
    );
    expect(await page.locator('.jp-OutputArea table td').count()).toBe(6);
    await run(
      page,
      1,
      "Plot.plot({ color: { legend: true }, marks: [Plot.dot(rows, { x: 'x', y: 'y', fill: 'z', tip: true })] })",
    );
    const pictures = page.locator('.jp-Cell').nth(1).locator('.jp-OutputArea img');
    expect(
      await pictures.evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth > 200)),
    ).toEqual([true, true]);
    const spots = page.locator('.jp-Cell').nth(1).locator('span[title]');
    expect(await spots.evaluateAll((all) => all.map((one) => one.getAttribute('title')))).toEqual([
      'z: 3\nx: 1\ny: 2',
      'z: 9\nx: 2\ny: 4',
    ]);
    expect(await run(page, 2, "import { show, shapes10 } from './src';\nshow(shapes10({ train: 12 }).train);")).toBe(
      '',
    );
    expect(await page.locator('.jp-Cell').nth(2).locator('img').count()).toBe(1);
    expect(await run(page, 3, 'fit;')).toMatch(/import \{ fit \} from '\.\/src';$/);
    expect(await run(page, 4, 'shapes10?')).toContain('A generated data set: ten classes of 32×32 pictures');
    expect(await run(page, 5, '!echo $((40 + 2))')).toBe('42\n');
    await page.close();
  });

  it('is offered by a launcher card with an icon and one name', async () => {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    await page.goto(lab.url.replace(/\/lab[^?]*/, '/lab/workspaces/launcher'));
    const card = page.locator('.jp-LauncherCard[title="TypeScript (Graft)"]').first();
    await card.waitFor({ timeout: 60_000 });
    const icon = card.locator('img');
    expect(await icon.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0)).toBe(true);
    expect(await icon.getAttribute('src')).toContain('logo-svg.svg');
    await page.close();
  });
});
