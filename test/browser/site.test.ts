import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from 'vite';
import type { Classifier } from '../../src/classifier/classifier.ts';
import { predict } from '../../src/classifier/predict.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { bundleScripts } from '../../src/page/bundle.mjs';
import { saveWebParts } from '../../src/page/save-web-parts.ts';
import { drawnClassifier, drawnPictures } from '../classifier/export/drawn-classifier.ts';
import { mini } from '../classifier/export/layer-backbones.ts';
import { launch } from './browser.ts';

const TYPES = new Map([
  ['.html', 'text/html'],
  ['.js', 'text/javascript'],
]);
/** The examples of the documentation. */
const docs = readFileSync('docs/page.md', 'utf8');
const example = (language: string): string => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(docs)![1];

let folder: string;
let browser: Browser;
let server: Server;
let small: Classifier;
const inFolder = (...names: string[]): string => path.join(folder, ...names);

beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'site-'));
  small = await drawnClassifier(await mini('fc2'));
  const written = await saveWebParts(small, inFolder('plain'), { exact: true });
  expect(written.files.map(({ name }) => name)).toEqual([
    'classifier.js',
    'classifier.json',
    'classifier.onnx',
    'classifier.wasm',
  ]);
  const raw = { width: 32, height: 32, channels: 3 } as const;
  await sharp(await drawnPictures(1, [32, 32]), { raw }).toFile(inFolder('picture.png'));
  server = createServer(({ url = '' }, response) => {
    const file = inFolder(new URL(url, 'http://localhost').pathname);
    try {
      const bytes = readFileSync(file);
      response.setHeader('content-type', TYPES.get(path.extname(file)) ?? 'application/octet-stream');
      response.end(bytes);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true });
});

/** Opens a page of the site, and asks it about a picture. */
async function asked(address: string): Promise<string> {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${address}`);
  await expect.poll(() => page.innerText('#said'), { timeout: 120_000 }).toBe('ready: a, b, c, d, e');
  await page.setInputFiles('#picture', inFolder('picture.png'));
  await expect.poll(() => page.innerText('#said'), { timeout: 60_000 }).not.toMatch(/^ready/);
  const said = await page.innerText('#said');
  await page.close();
  return said;
}

const expected = async (): Promise<string> => {
  const [{ className, probability }] = await predict(small, [inFolder('picture.png')]);
  return `${className} ${(100 * probability).toFixed(1)} %`;
};

describe('a classifier on one’s own site', () => {
  it('is imported by a plain module, as docs/page.md says', async () => {
    writeFileSync(inFolder('plain/index.html'), `<!doctype html>${example('html')}`);
    expect(await asked('plain/index.html')).toBe(await expected());
  });

  it('and by a project with Vite', async () => {
    const site = inFolder('vite');
    const installed = path.join(site, 'node_modules/graft-ml');
    mkdirSync(path.join(site, 'src'), { recursive: true });
    mkdirSync(installed, { recursive: true });
    const manifest = { name: 'graft-ml', type: 'module', exports: { './web': './web.js' } };
    writeFileSync(path.join(installed, 'package.json'), JSON.stringify(manifest));
    writeFileSync(path.join(installed, 'web.js'), (await bundleScripts())['web.js']);
    for (const name of ['classifier.onnx', 'classifier.wasm'])
      copyFileSync(inFolder('plain', name), path.join(site, 'src', name));
    const [body] = example('html').split('<script');
    const html = `<!doctype html>${body}<script type="module" src="/src/main.js"></script>`;
    writeFileSync(path.join(site, 'index.html'), html);
    writeFileSync(path.join(site, 'src/main.js'), example('js'));
    const target = { build: { target: 'es2022', outDir: 'dist' }, base: './' };
    await build({ root: site, configFile: false, logLevel: 'error', ...target });
    expect(await asked('vite/dist/index.html')).toBe(await expected());
  });
});
