import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment, PYTHON } from '../kernel/session.ts';
import { seriousFindings } from './axe.ts';
import { launch } from './browser.ts';

let browser: Browser;
let folder: string;
beforeAll(async () => {
  browser = await launch();
  folder = mkdtempSync(path.join(os.tmpdir(), 'pages-'));
  await promisify(execFile)(PYTHON, ['test/browser/committed-pages.py', folder], { env: environment() });
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

describe('axe finds nothing serious in the page of', () => {
  for (const file of readdirSync('notebooks').filter((name) => name.endsWith('.ipynb'))) {
    it(file, async () => {
      for (const [colorScheme, width] of [
        ['light', 1200],
        ['dark', 400],
      ] as const) {
        // axe is a script, which the page's policy does not let in
        const context = await browser.newContext({ bypassCSP: true, colorScheme, viewport: { width, height: 900 } });
        const page = await context.newPage();
        await page.goto(`file://${path.join(folder, file.replace(/ipynb$/, 'html'))}`);
        expect(await seriousFindings(page)).toEqual([]);
        await context.close();
      }
    });
  }
});
