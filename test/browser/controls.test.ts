import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment, PYTHON } from '../kernel/session.ts';
import { seriousFindings } from './axe.ts';
import { launch, notebookOf, startLab, watchRequests } from './browser.ts';

const FOLDER = 'results/browser-controls';
const CELLS = [
  "import { interact, rows, select, slider, widget } from 'graft-ml/widgets';",
  'const rate = slider(0, 1, { value: 0.5 });\n' +
    'interact({ rate }, async ({ rate }, { signal }) => {\n' +
    "  if (rate === 0.7) await new Promise((resolve) => { setTimeout(resolve, 20_000); signal.addEventListener('abort', resolve); });\n" +
    '  return `<b class="result">the rate is ${rate}</b>`;\n});',
  'const counter = widget({ label: "counter", state: { count: 0 }, esm: `export default { render({ model, el }) {\n' +
    "  const button = document.createElement('button');\n  const write = () => (button.textContent = 'count ' + model.get('count'));\n" +
    "  button.className = 'counter';\n  button.onclick = () => { model.set('count', model.get('count') + 1); model.save_changes(); };\n" +
    "  model.on('change:count', write);\n  write();\n  el.append(button);\n} }` });\n" +
    "counter.addEventListener('change', () => console.log('heard', counter.value.count));\ncounter",
  "interact({ head: select(['first', 'second', 'third']) }, ({ head }) => `<p class=\"state\">the ${head} head</p>`, { precompute: true })",
];

let browser: Browser;
let lab: Awaited<ReturnType<typeof startLab>>;
let page: Page;
let foreign: string[];

beforeAll(async () => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  lab = await startLab({ ...process.env, CIFAR10_DIR: '', VGG16_WEIGHTS: '' });
  browser = await launch();
  write('controls.ipynb', CELLS);
  page = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
  foreign = watchRequests(page);
  await page.goto(address('controls.ipynb'));
  await ready(page);
});
afterAll(async () => {
  await browser?.close();
  await lab?.stop();
  rmSync(FOLDER, { recursive: true, force: true });
});

const write = (name: string, cells: readonly string[]): void =>
  writeFileSync(path.join(FOLDER, name), notebookOf(cells));

const address = (name: string, workspace = 'one'): string =>
  lab.url.replace(/\/lab[^?]*/, `/lab/workspaces/${workspace}/tree/${FOLDER}/${name}`);

async function ready(of: Page): Promise<void> {
  await of.waitForSelector('.jp-Notebook .jp-Cell', { timeout: 120_000 });
  await of.waitForSelector('text=/TypeScript \\(Graft\\) \\| Idle/', { timeout: 120_000 });
}

async function menu(name: string, item: string): Promise<void> {
  await page.click(`.lm-MenuBar-itemLabel:text-is("${name}")`);
  await page.click(`.lm-Menu-itemLabel:text-is("${item}")`);
}

async function runAll(): Promise<void> {
  await menu('Run', 'Run All Cells');
  await page.waitForFunction(
    () =>
      document.querySelectorAll('.jp-CodeCell').length > 3 &&
      [...document.querySelectorAll('.jp-InputPrompt')].every((one) => /\[\d+\]/.test(one.textContent)),
    undefined,
    { timeout: 120_000 },
  );
}

const cell = (n: number, of = page): Locator => of.locator('.jp-CodeCell').nth(n);
const handle = (of = page): Locator => cell(1, of).locator('.noUi-handle').first();
const says = async (rate: number, of = page): Promise<void> => {
  await of.waitForFunction(
    (text) => document.querySelectorAll('.jp-CodeCell')[1]?.querySelector('.result')?.textContent === text,
    `the rate is ${rate}`,
    { timeout: 60_000 },
  );
};
const press = async (key: string, of = page): Promise<void> => {
  await handle(of).focus();
  await of.keyboard.press(key);
};

describe('controls in JupyterLab', () => {
  it('move by mouse and by keys, and their cell follows; the latest change wins', async () => {
    await runAll();
    await says(0.5);
    await handle().scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await handle().boundingBox())!;
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 2 + 400, y + height / 2, { steps: 12 });
    await page.mouse.up();
    await says(1);
    for (let i = 0; i < 6; i++) await press('ArrowLeft'); // 0.7, which would take 20 s, on the way to it
    await press('ArrowLeft');
    await says(0.65);
  });

  it('show a front end of one’s own, whose handler writes under it', async () => {
    await cell(2).locator('button.counter').click();
    await cell(2).locator('text=heard 1').waitFor();
    expect(await cell(2).locator('button.counter').textContent()).toBe('count 1');
  });

  it('are accessible: axe finds nothing serious', async () => {
    expect(await seriousFindings(page, ['.jp-CodeCell .jp-OutputArea-output'])).toEqual([]);
  });

  it('move on after the page was reloaded, and in a second page', async () => {
    await menu('File', 'Save Notebook');
    await page.waitForTimeout(1000);
    await page.reload();
    await ready(page);
    await says(0.65);
    await press('ArrowRight'); // 0.7 waits
    await press('ArrowRight');
    await says(0.75);
    const other = await browser.newPage();
    await other.goto(address('controls.ipynb', 'two'));
    await ready(other);
    await says(0.75, other);
    await press('ArrowRight', other);
    await says(0.8);
    await other.close();
  });

  it('work when their cell is run again, and when its output was cleared', async () => {
    await cell(1).locator('.jp-InputArea-editor').click();
    await menu('Edit', 'Clear Cell Output');
    await page.keyboard.press('Control+Enter');
    await says(0.5);
    await press('ArrowRight');
    await says(0.55);
  });

  it('show their last state and what to do after a restart, as in a notebook opened without a kernel', async () => {
    await menu('Kernel', 'Restart Kernel…');
    await page.click('.jp-Dialog .jp-mod-accept');
    const last = cell(1).locator('.graft-last-state');
    await last.waitFor({ timeout: 30_000 });
    expect(await last.innerText()).toMatch(/rate: 0\.55.*the rate is 0\.55.*Run this cell to use its controls\./s);
    await ready(page);
    await menu('File', 'Save Notebook');
    await page.waitForTimeout(1000);
    await menu('Kernel', 'Shut Down Kernel');
    await page.waitForTimeout(1500);
    await page.reload();
    await page.waitForSelector('.jp-Notebook .jp-Cell', { timeout: 60_000 });
    await cell(1).locator('.graft-last-state').waitFor({ timeout: 30_000 });
    expect(await cell(1).locator('.jp-OutputArea').innerText()).toMatch(/rate: 0\.55/);
    expect(await page.locator('text=Error displaying widget').filter({ visible: true }).count()).toBe(0);
  });

  it('act again after Run All, and ask nobody else', async () => {
    // a notebook whose kernel was shut down is opened without one, or with a new one
    const none = page.locator('.jp-Toolbar-kernelName', { hasText: 'No Kernel' });
    await none.or(page.locator('text=/TypeScript \\(Graft\\) \\| Idle/')).first().waitFor({ timeout: 60_000 });
    await page.waitForTimeout(3000);
    if (await none.count()) {
      await none.click();
      await page.click('.jp-Dialog .jp-mod-accept');
    }
    await ready(page);
    await runAll();
    await says(0.5);
    expect(await page.locator('.graft-last-state').count()).toBe(0);
    await press('ArrowLeft');
    await says(0.45);
    expect(foreign).toEqual([]);
  });
});

describe('precomputed controls', () => {
  it('move by radio buttons in the notebook', async () => {
    const seen = (): Promise<string[]> => cell(3).locator('.state').filter({ visible: true }).allTextContents();
    expect(await seen()).toEqual(['the first head']);
    await cell(3).locator('input').first().focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(seen, { timeout: 10_000 }).toEqual(['the second head']);
    await cell(3).locator('label', { hasText: 'third' }).click();
    await expect.poll(seen, { timeout: 10_000 }).toEqual(['the third head']);
    await menu('File', 'Save Notebook');
    await page.waitForTimeout(1000);
    expect(readFileSync(path.join(FOLDER, 'controls.ipynb'), 'utf8')).not.toContain('widget-state');
  });

  it('move in the exported page, with every request refused; no other control is there', async () => {
    const script = `import sys; sys.path.insert(0, "src/notebook/jupyter")
import nbformat; from pathlib import Path; from page import write_page
write_page(nbformat.read(sys.argv[1], 4), Path(sys.argv[1]), Path(sys.argv[2]))`;
    const file = path.resolve(FOLDER, 'controls.html');
    execFileSync(PYTHON, ['-c', script, path.join(FOLDER, 'controls.ipynb'), file], { env: environment() });
    for (const colorScheme of ['light', 'dark'] as const) {
      const exported = await browser.newPage({ colorScheme, viewport: { width: 900, height: 900 } });
      let requests = 0;
      await exported.route('**/*', (route) => {
        if (route.request().isNavigationRequest()) return route.continue();
        requests++;
        return route.abort();
      });
      await exported.goto(`file://${file}`);
      const seen = (): Promise<string[]> => exported.locator('.state').filter({ visible: true }).allTextContents();
      expect(await seen()).toEqual(['the first head']);
      await exported.locator('input[type=radio]').first().focus();
      await exported.keyboard.press('ArrowDown');
      expect(await seen()).toEqual(['the second head']);
      await exported.locator('label', { hasText: 'third' }).click();
      expect(await seen()).toEqual(['the third head']);
      expect(
        await exported.locator('.jupyter-widgets, [type="application/vnd.jupyter.widget-view+json"]').count(),
      ).toBe(0);
      expect(await exported.locator('text=rate: 0.45').count()).toBe(1);
      expect(requests).toBe(0);
      await exported.close();
    }
  });
});
