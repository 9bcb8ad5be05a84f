import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment, PYTHON } from '../kernel/session.ts';
import { launch } from './browser.ts';

let browser: Browser;
let folder: string;
let address: string;

beforeAll(async () => {
  browser = await launch();
  folder = mkdtempSync(path.join(os.tmpdir(), 'page-'));
  const file = path.join(folder, 'sample.html');
  await promisify(execFile)(PYTHON, ['test/browser/sample-page.py', file], { env: environment() });
  address = `file://${file}`;
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

async function open(options: Parameters<Page['emulateMedia']>[0] = {}): Promise<Page> {
  const page = await (await browser.newContext({ offline: true, viewport: { width: 718, height: 1000 } })).newPage(); // A4 less its margins
  await page.emulateMedia(options);
  await page.goto(address);
  return page;
}

describe('the page of a notebook', () => {
  it('shows formulas with nothing from the network', async () => {
    const page = await open();
    const formulas = await page.evaluate(() =>
      [...document.querySelectorAll('math')].map(
        (math) => [math.textContent, math.getBoundingClientRect().height] as const,
      ),
    );
    expect(formulas.map(([text]) => text)).toEqual([expect.stringMatching(/^E=mc2/), expect.stringContaining('∑')]);
    for (const [, height] of formulas) expect(height).toBeGreaterThan(8);
    expect((await page.locator('.jp-RenderedMarkdown').allInnerTexts()).join()).not.toContain('$');
    await page.context().close();
  });

  it('has code with a contrast of at least 4.5:1, light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open({ colorScheme });
      const contrasts = await page.evaluate(() => {
        const channels = (colour: string): number[] => colour.match(/[\d.]+/g)!.map(Number);
        const luminance = (colour: number[]): number => {
          const [r, g, b] = colour.map((value) =>
            value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
          );
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ground = (element: Element | null): number[] => {
          for (; element; element = element.parentElement) {
            const colour = channels(getComputedStyle(element).backgroundColor);
            if (colour[3] !== 0) return colour;
          }
          return [255, 255, 255];
        };
        return [...document.querySelectorAll('.highlight span, .highlight pre')].map((span) => {
          const [light, dark] = [luminance(channels(getComputedStyle(span).color)), luminance(ground(span))].sort(
            (a, b) => b - a,
          );
          return { kind: span.className, contrast: (light + 0.05) / (dark + 0.05) };
        });
      });
      expect(contrasts.length).toBeGreaterThan(100);
      expect(contrasts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
      await page.context().close();
    }
  });

  it('prints with no heading alone at a page’s foot and nothing clipped', async () => {
    const page = await open({ media: 'print' });
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('table, pre, math')]
        .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
        .map(({ tagName }) => tagName),
    );
    expect(wide).toEqual([]);
    const hidden = await page.evaluate(
      () =>
        [...document.querySelectorAll('.jp-OutputArea-output')].filter(
          (one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible',
        ).length,
    );
    expect(hidden).toBe(0);
    const plots = await page.locator('img[alt=plot]').evaluateAll((images) => images.map((image) => image.clientWidth));
    expect(plots).toEqual([0, 640]); // of the two that are drawn, the one for wide columns
    // a word of a head is broken only where there is no room for it
    const heads = await page
      .locator('table:not(:has(tr > :nth-child(9))) th')
      .evaluateAll((cells) => cells.map((cell) => cell.scrollWidth - cell.clientWidth));
    expect(Math.max(...heads)).toBeLessThanOrEqual(0);
    // where each heading begins, in points from the page's lower edge, by the targets of the contents' links
    const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
    const heights = [...pdf.matchAll(/\/Section-\d+ \[\d+ 0 R \/XYZ [\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y));
    expect(heights).toHaveLength(60);
    const [margin, heading, line] = [29, 40, 16];
    expect(Math.min(...heights)).toBeGreaterThan(margin + heading + line);
    await page.context().close();
  });
});
