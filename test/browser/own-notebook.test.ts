import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Browser, Locator, Page } from 'playwright-core';
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
  await page.waitForSelector('.jp-Notebook .jp-Cell', { timeout: 120_000 });
  await page.waitForSelector('text=/TypeScript \\(Graft\\) \\| Idle/', { timeout: 120_000 });
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
    { timeout: 120_000 },
  );
  return page.locator('.jp-Cell').nth(n).locator('.jp-OutputArea').innerText();
}

/** Asks for completion until it is offered: JupyterLab drops an answer that takes longer than a second. */
async function offered(page: Page, name: string): Promise<void> {
  const item = page.locator(`.jp-Completer-item[data-value="${name}"]`);
  await expect
    .poll(
      async () => {
        if (!(await page.locator('.jp-Completer-item:visible').count())) await page.keyboard.press('Tab');
        await page.waitForTimeout(1000);
        return item.first().isVisible();
      },
      { timeout: 120_000 },
    )
    .toBe(true);
}

describe('a notebook begun from nothing', () => {
  it('completes a name that is not imported and writes its import; a second joins it', async () => {
    const page = await begin('imports', 2);
    await page.waitForTimeout(5000); // the kernel gets to know graft-ml when it has nothing to do
    await cell(page, 0).click();
    await page.keyboard.type('shapes1');
    await offered(page, 'shapes10');
    await page.keyboard.press('Tab'); // one match is put in
    await expect
      .poll(() => cell(page, 0).innerText(), { timeout: 120_000 })
      .toBe("import { shapes10 } from 'graft-ml';\nshapes10");
    await page.keyboard.type('({ train: 12 });\nsho');
    await offered(page, 'show');
    await page.locator('.jp-Completer-item[data-value="show"]').click();
    await expect
      .poll(() => cell(page, 0).innerText(), { timeout: 120_000 })
      .toContain("import { shapes10, show } from 'graft-ml';");
    await page.close();
  });

  it('shows a signature with the argument in bold', async () => {
    const page = await begin('signature', 1);
    await cell(page, 0).click();
    await page.keyboard.insertText("import { fit } from 'graft-ml';\nfit(head, ");
    await page.keyboard.press('Shift+Tab');
    await page.waitForSelector('.jp-Tooltip b', { timeout: 120_000 });
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
    expect(
      await run(page, 2, "import { show, shapes10 } from 'graft-ml';\nshow(shapes10({ train: 12 }).train);"),
    ).toContain('shapes10 train: 12 images of 10 classes');
    expect(await page.locator('.jp-Cell').nth(2).locator('[role="group"]').count()).toBe(1);
    expect(await run(page, 3, 'fit;')).toMatch(/import \{ fit \} from 'graft-ml';$/);
    expect(await run(page, 4, 'shapes10?')).toContain('Generates a data set: ten classes of 32×32 pictures');
    expect(await run(page, 5, '!echo $((40 + 2))')).toBe('42\n');
    await page.close();
  });

  it('takes an own experiment at the first try: one import, written by completion, and at most twelve lines', async () => {
    const page = await begin('experiment', 5);
    await page.waitForTimeout(5000); // the kernel gets to know graft-ml when it has nothing to do
    const cells = [
      ['const images = sample(await cifar10Sample(), { train: 300, test: 100 });', 'images.train'],
      [
        'const base = freeze(withoutTop(await vgg16({ inputSize: 96 })));',
        'const model = withHead(base, { classes: images.train.classNames, dropout: 0.5 });',
        'const history = await fit(model, images.train, { epochs: 10, validation: images.validation });',
        "Plot.lineY(history.epochs, { x: 'epoch', y: 'loss', tip: true }).plot({ y: { grid: true } })",
      ],
      ['history.epochs'],
      ['const result = await evaluate(model, images.test);', 'result'],
    ];
    // a strip of pictures; two bars and the curve; a table of ten epochs; the confusion matrix
    const shown: readonly ((output: Locator) => Promise<void>)[] = [
      async (output) => expect(await output.locator('[role="group"]').count()).toBe(1),
      async (output) => {
        expect(await output.locator('progress').count()).toBeGreaterThanOrEqual(2);
        expect(await output.locator('img').count()).toBe(1);
      },
      async (output) => expect(await output.locator('table tr').count()).toBe(11),
      async (output) => {
        expect(await output.innerText()).toMatch(/accuracy \d\d\.\d % \(95 % interval/);
        expect(await output.locator('img:visible').count()).toBe(1); // it is drawn for two widths
      },
    ];
    await cell(page, 0).click();
    const names = [
      ...new Set(
        cells
          .flat()
          .join(' ')
          .match(/\b(sample|cifar10Sample|freeze|withoutTop|vgg16|withHead|fit|Plot|evaluate)\b/g),
      ),
    ];
    for (const name of names) {
      await page.keyboard.type(name);
      await offered(page, name);
      await page.locator(`.jp-Completer-item[data-value="${name}"]`).first().click();
      await expect
        .poll(() => cell(page, 0).innerText(), { timeout: 120_000 })
        .toMatch(new RegExp(`import .*\\b${name}\\b.*graft-ml`));
      for (let i = 0; i < name.length; i++) await page.keyboard.press('Backspace');
    }
    const lines = [(await cell(page, 0).innerText()).split('\n')[0], ...cells.flat()];
    expect(lines.length).toBeLessThanOrEqual(12);
    for (const [n, code] of cells.entries()) {
      if (n) await cell(page, n).click();
      await page.keyboard.insertText(code.join('\n'));
      await page.keyboard.press('Control+Enter');
      await page.waitForFunction(
        (i) => /^\[\d+\]:$/.test(document.querySelectorAll('.jp-InputPrompt')[i].textContent ?? ''),
        n,
        { timeout: 180_000 },
      );
      const output = page.locator('.jp-Cell').nth(n).locator('.jp-OutputArea');
      await page.waitForTimeout(500); // what the reply overtook is drawn
      expect(
        await output.locator('[data-mime-type="application/vnd.jupyter.error"]').count(),
        await output.innerText(),
      ).toBe(0);
      await shown[n](output);
    }
    await page.close();
  });

  it('is offered by a launcher card with an icon and one name', async () => {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    await page.goto(lab.url.replace(/\/lab[^?]*/, '/lab/workspaces/launcher'));
    const card = page.locator('.jp-LauncherCard[title="TypeScript (Graft)"]').first();
    await card.waitFor({ timeout: 120_000 });
    const icon = card.locator('img');
    expect(await icon.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0)).toBe(true);
    expect(await icon.getAttribute('src')).toContain('logo-svg.svg');
    await page.close();
  });
});
