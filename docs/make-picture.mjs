/**
 * Draws docs/result.png from the outputs of results/01-transfer-learning.ipynb (`npm start` writes it), in Chromium.
 *
 * usage: node docs/make-picture.mjs      CHROMIUM=/usr/bin/chromium names another browser
 */
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const { cells } = JSON.parse(readFileSync('results/01-transfer-learning.ipynb', 'utf8'));
const cards = cells.flatMap(({ outputs = [] }) =>
  outputs.map(({ data }) => [data?.['text/html'] ?? ''].flat().join('')),
);
const card = (words) => cards.findLast((html) => html.includes(words));
const [curve, mistakes, confusion] = ['>Loss<', 'most confident mistakes', 'Confusion matrix'].map(card);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage({ viewport: { width: 1560, height: 700 }, deviceScaleFactor: 1.5 });
await page.setContent(
  `<body style="margin:0;background:#fff"><div id="all" style="display:inline-flex;gap:18px;align-items:flex-start">` +
    `<div style="width:830px">${curve}<div style="height:14px"></div>${mistakes}</div><div style="width:640px">${confusion}</div></div></body>`,
);
await page.locator('#all').screenshot({ path: 'docs/result.png' });
await browser.close();
