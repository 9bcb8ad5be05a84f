import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment, PYTHON } from '../kernel/session.ts';
import { launch } from './browser.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

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
        await page.evaluate(AXE);
        const { violations, passes } = await page.evaluate(() =>
          (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
        );
        expect(passes.length).toBeGreaterThan(10);
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);
        await context.close();
      }
    });
  }
});
