import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment, PYTHON } from '../kernel/session.ts';
import { launch, notebookOf, type Server, startServer } from './browser.ts';
import { frontEndsIn } from './front-ends/front-ends.ts';

const FOLDER = 'results/browser-front-ends';
const INSTALLED = process.env.GRAFT_TEST_FRONT_ENDS;
const ends = frontEndsIn(INSTALLED ?? '');

let browser: Browser;
let server: Server;

beforeAll(async () => {
  if (!INSTALLED) return;
  mkdirSync(FOLDER, { recursive: true });
  const own = environment();
  const share = path.join(ends.notebook, 'share/jupyter');
  const env = { ...own, PYTHONPATH: ends.notebook, JUPYTER_PATH: `${own.JUPYTER_PATH}${path.delimiter}${share}` };
  const schemas = ['LabApp', 'JupyterNotebookApp'].map((app) => `--${app}.schemas_dir=${ends.schemas}`);
  const started = ["--ServerApp.jpserver_extensions={'notebook': True}", '--no-browser', '--port=8962'];
  server = await startServer(PYTHON, ['src/notebook/jupyter/lab.py', ...started, ...schemas], env);
  // a page that a test wrote counts as one of no network at all, which may not ask this machine
  browser = await launch(['--disable-features=LocalNetworkAccessChecks']);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(FOLDER, { recursive: true, force: true });
});

const address = (of: string): string => {
  const { origin, searchParams } = new URL(server.url);
  return `${origin}/${of}?token=${searchParams.get('token')}`;
};

const anywidget = path.join(path.dirname(path.dirname(PYTHON)), 'share/jupyter/nbextensions/anywidget/index.js');
const MANAGERS = {
  'html-manager, which embeds widgets outside JupyterLab': [
    'test/browser/front-ends/html-manager.js',
    ends.htmlManager,
  ],
  'VS Code’s manager of widgets': [ends.vscode],
};

describe.skipIf(!INSTALLED).each(Object.entries(MANAGERS))(
  '%s (skipped without GRAFT_TEST_FRONT_ENDS)',
  (_name, scripts) => {
    const CELL = `import { button, checkbox, columns, html, image, number, progress, range, rows, select, slider, tabs, text, toggle, upload, widget } from 'graft-ml/widgets';
const [rate, size, optimizer, flip] = [slider(0, 1, { value: 0.5 }), range(32, 224, { value: [64, 128], step: 32 }), select(['adam', 'sgd']), checkbox()];
const [wrong, word, count, again, files] = [toggle({ label: 'mistakes' }), text(), number(), button('Again'), upload()];
const [done, note, png] = [progress(20), html('<i>none</i>'), image(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), { alt: 'none' })];
const own = widget({ state: { pressed: 0 }, esm: 'export default { render({ model, el }) { const b = document.createElement("button"); b.className = "own"; b.onclick = () => { model.set("pressed", 3); model.save_changes(); }; el.append(b); } }' });
rate.addEventListener('change', () => { console.log('rate', rate.value); done.value = 20 * rate.value; note.value = '<b class="note">' + rate.value + '</b>'; });
rows(rate, columns(size, optimizer), flip, wrong, word, count, again, files, done, png, own, tabs({ first: note, second: html('<u>two</u>') }))`;
    const VALUES =
      '[rate.value, size.value, optimizer.value, flip.value, wrong.value, word.value, count.value, again.value, own.value.pressed, ...files.value.map(({ name, content }) => `${name} ${Buffer.from(content)}`)].join(" ")';
    it('drives every control: mouse, keys, files; what the kernel sets is shown, and a second page follows', async () => {
      const page = await embeddingPage();
      const { id } = (await (await page.request.post(address('api/kernels'), { data: { name: 'graft' } })).json()) as {
        id: string;
      };
      const call = <T>(of: Page, name: string, ...args: string[]): Promise<T> =>
        of.evaluate(
          async ([name, args]) =>
            (window as unknown as Record<string, (...all: string[]) => Promise<T>>)[name](...args),
          [name, args] as const,
        );
      const token = new URL(server.url).searchParams.get('token')!;
      await call(page, 'connect', id, token);
      await call(page, 'run', CELL);
      await call(page, 'display');
      await page.locator('.noUi-handle').first().focus();
      await page.keyboard.press('ArrowRight');
      await page.locator('.note', { hasText: '0.55' }).waitFor();
      await page.locator('text=rate 0.55').waitFor();
      await page.locator('.noUi-handle-lower').nth(1).focus();
      await page.keyboard.press('ArrowRight');
      await page.selectOption('select', { label: 'sgd' });
      await page.locator('input[type=checkbox]').check();
      await page.click('button:has-text("mistakes")');
      await page.locator('input[type=text]').first().fill('toad');
      await page.locator('input[type=number]').fill('30');
      await page.keyboard.press('Tab');
      await page.click('button:has-text("Again")');
      await page.click('button.own');
      const chooser = page.waitForEvent('filechooser');
      await page.click('button:has-text("Upload")');
      await (await chooser).setFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('xyz') });
      await expect
        .poll(() => call(page, 'run', VALUES), { timeout: 120_000 })
        .toBe('0.55 96,128 sgd true true toad 30 1 3 a.txt xyz');
      expect(await page.locator('.progress-bar').evaluate((bar) => bar.style.width)).toBe('55%');
      expect(await page.locator('img').getAttribute('src')).toMatch(/^blob:/);
      await page.click('text=second');
      await page.locator('u', { hasText: 'two' }).waitFor();

      const other = await embeddingPage();
      await call(other, 'connect', id, token); // it loads what the kernel has
      await call(other, 'run', 'rate');
      await call(other, 'display');
      await other.locator('.noUi-handle').first().focus();
      await other.keyboard.press('ArrowLeft');
      await page.locator('text=rate 0.5').waitFor();
      await page.waitForFunction(() => document.querySelector('.widget-readout')!.textContent === '0.50');
    });

    async function embeddingPage(): Promise<Page> {
      const page = await browser.newPage();
      await page.route('**/graft-embedding*', (route) =>
        route.fulfill({ contentType: 'text/html', body: '<!doctype html><main></main>' }),
      );
      await page.goto(address('graft-embedding'));
      for (const file of [...scripts, anywidget]) await page.addScriptTag({ content: readFileSync(file, 'utf8') });
      return page;
    }
  },
);

describe.skipIf(!INSTALLED)('Notebook 7 (skipped without GRAFT_TEST_FRONT_ENDS)', () => {
  const CELLS = [
    "import { readFileSync } from 'node:fs';\nimport { interact, select, slider, widget } from 'graft-ml/widgets';",
    "const rate = slider(0, 1, { value: 0.5 });\nconst optimizer = select(['adam', 'sgd']);\n" +
      'interact({ rate, optimizer }, ({ rate, optimizer }) => `<b class="result">${optimizer} at ${rate}</b>`)',
  ];
  let page: Page;
  const cell = (n: number): Locator => page.locator('.jp-CodeCell').nth(n);
  const says = (text: string): Promise<void> =>
    expect.poll(() => cell(1).locator('.result').first().textContent(), { timeout: 120_000 }).toBe(text);
  const menu = async (name: string, item: string): Promise<void> => {
    await page.click(`.lm-MenuBar-itemLabel:text-is("${name}")`);
    await page.click(`.lm-Menu-itemLabel:text-is("${item}")`);
  };
  const open = async (): Promise<void> => {
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    await page.goto(address(`notebooks/${FOLDER}/seven.ipynb`));
  };
  const slide = async (key: 'ArrowLeft' | 'ArrowRight', then: string): Promise<void> => {
    await cell(1).locator('.noUi-handle').focus();
    await page.keyboard.press(key);
    await says(then);
  };
  /** Runs all cells, once the page has a kernel that answers: before, the menu's command does nothing. */
  const runAll = async (): Promise<void> => {
    const states = async (): Promise<string[]> => {
      const sessions = (await (await page.request.get(address('api/sessions'))).json()) as {
        kernel: { execution_state: string; connections: number };
      }[];
      return sessions.map(({ kernel }) => `${kernel.execution_state}, ${kernel.connections} connected`);
    };
    await expect.poll(states, { timeout: 120_000 }).toEqual(['idle, 1 connected']);
    await page.waitForTimeout(1000); // the page hears of it
    await menu('Run', 'Run All Cells');
  };

  it('follows mouse and keys; plain keys are the control’s that has the focus', async () => {
    const picker = `const picker = widget({ label: 'colour', state: { color: '#0072b2' }, esm: readFileSync(${JSON.stringify(ends.picker)}, 'utf8') });\npicker`;
    writeFileSync(path.join(FOLDER, 'seven.ipynb'), notebookOf([...CELLS, picker]));
    await open();
    await page.waitForSelector('.jp-Notebook .jp-Cell', { timeout: 60_000 });
    await runAll();
    await page.waitForSelector('.noUi-handle', { timeout: 120_000 });
    await says('adam at 0.5');
    await slide('ArrowRight', 'adam at 0.55');
    const { x, y, width, height } = (await cell(1).locator('.noUi-handle').boundingBox())!;
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + 400, y, { steps: 5 });
    await page.mouse.up();
    await says('adam at 1');
    await page.keyboard.press('ArrowLeft');
    await says('adam at 0.95');
    await cell(1).locator('select').focus();
    await page.keyboard.press('s'); // chooses, where it would save; b would insert a cell, x cut one
    await says('sgd at 0.95');
    for (const key of ['b', 'x', 'ArrowUp']) await page.keyboard.press(key);
    await says('adam at 0.95');
    expect(await page.locator('.jp-CodeCell').count()).toBe(3);
  });

  it('shows a front end of npm’s, a React component by anywidget’s bridge', async () => {
    await cell(2).locator('.react-colorful__hue [role=slider]').focus();
    await page.keyboard.press('ArrowRight');
    await cell(2).locator('.jp-InputArea-editor').click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(';\nconsole.log("it is", picker.value.color)');
    await page.keyboard.press('Control+Enter');
    await cell(2).locator('text=/it is #00[0-9a-f]{4}/').waitFor();
  });

  it('has its controls again after it was reloaded, and says what to do after a restart', async () => {
    await menu('File', 'Save Notebook');
    await page.reload();
    await says('adam at 0.95');
    await slide('ArrowLeft', 'adam at 0.9');
    await menu('Kernel', 'Restart Kernel…');
    await page.click('.jp-Dialog .jp-mod-accept');
    const last = cell(1).locator('.graft-last-state');
    await last.waitFor({ timeout: 120_000 });
    expect(await last.innerText()).toMatch(/rate: 0\.9.*adam at 0\.9.*Run this cell to use its controls\./s);
    expect(await page.locator('text=Error displaying widget').filter({ visible: true }).count()).toBe(0);
  });

  it('acts again after Run All, when its cell is run twice, when its output was cleared', async () => {
    await runAll();
    await says('adam at 0.5');
    expect(await page.locator('.graft-last-state').count()).toBe(0);
    await slide('ArrowRight', 'adam at 0.55');
    for (const clear of [false, true]) {
      await cell(1).locator('.jp-InputArea-editor').click();
      if (clear) {
        await menu('Edit', 'Clear Cell Output');
        await expect.poll(() => cell(1).locator('.noUi-handle').count()).toBe(0);
      }
      await page.keyboard.press('Control+Enter');
      await says('adam at 0.5');
      await slide('ArrowRight', 'adam at 0.55');
    }
  });

  it('keeps a second page in step, and is there when the notebook was closed and opened', async () => {
    await menu('File', 'Save Notebook');
    await page.waitForTimeout(1000);
    const first = page;
    await open();
    await says('adam at 0.55');
    await slide('ArrowRight', 'adam at 0.6');
    await expect.poll(() => first.locator('.result').first().textContent()).toBe('adam at 0.6');
    await first.close();
    await page.close();
    await open();
    await says('adam at 0.6');
    await slide('ArrowLeft', 'adam at 0.55');
    expect(await page.locator('text=Error displaying widget').filter({ visible: true }).count()).toBe(0);
  });
});
