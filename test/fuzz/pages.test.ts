import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { JSDOM } from 'jsdom';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { show } from '../../src/notebook/show/display.ts';
import { setNotebookHost } from '../../src/host/host.ts';
import { progressBar } from '../../src/host/progress.ts';
import { escapeHtml } from '../../src/text/html.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { CASES } from '../faults/scale.ts';
import { everyPlot } from '../plots/every-plot.ts';
import { fuzz } from './fuzz.ts';

let folder: string;
beforeAll(useTensorFlow);
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'fuzz-pages-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Any text, and the pieces that markup is made of. */
const piece = fc.constantFrom(
  '<',
  '>',
  '"',
  "'",
  '&',
  '</title>',
  '</svg>',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  ']]>',
  '<!--',
  'javascript:',
  '&lt;',
  '\u0000',
  '\u202e',
  '{{ 7 * 7 }}',
  '`',
);
const text = fc
  .array(fc.oneof(piece, fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => parts.join(''));

/** What our own markup is made of; anything else came from a text. */
const OURS = new Set([
  'html',
  'head',
  'body',
  'div',
  'span',
  'img',
  'i',
  'b',
  'style',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
  'progress',
  'svg',
  'g',
  'path',
  'text',
  'tspan',
  'rect',
  'circle',
  'line',
  'image',
  'title',
  'style',
  'defs',
  'clippath',
  'lineargradient',
  'stop',
  'marker',
  'use',
  'desc',
]);
const OURS_ATTRIBUTES =
  /^(style|class|title|alt|role|src|width|height|value|max|d|x|y|x1|x2|y1|y2|cx|cy|r|dx|dy|fill|stroke|transform|viewbox|xmlns|xmlns:xlink|href|font-.*|text-anchor|aria-.*|stroke-.*|fill-.*|id|opacity|paint-order|clip-path|preserveaspectratio|marker-.*|orient|refx|refy|markerunits|markerwidth|markerheight|rx|ry|tabindex|pointer-events|mask|xml:space|color|white-space|image-rendering)$/i;

const { window } = new JSDOM('');
const xml = new window.DOMParser();

function check(html: string): void {
  window.document.body.innerHTML = html;
  // a picture of pixels has nothing that could become markup
  const drawn = window.document.body.querySelectorAll<HTMLImageElement>(
    'img:not([src^="data:image/png"], [src^="data:image/jpeg"])',
  );
  const pictures = [...drawn].map((img) => Buffer.from(img.src.split(',')[1], 'base64').toString('utf8'));
  const documents = [window.document.body, ...pictures.map((svg) => xml.parseFromString(svg, 'image/svg+xml'))];
  for (const document of documents) {
    for (const element of document.querySelectorAll('*')) {
      if (!OURS.has(element.tagName.toLowerCase()))
        throw new Error(`<${element.tagName}> ${element.textContent?.slice(0, 300)} in ${html.slice(0, 300)}`);
      for (const { name, value } of element.attributes) {
        if (!OURS_ATTRIBUTES.test(name)) throw new Error(`${name}="${value}" in ${html.slice(0, 3000)}`);
        if (/^(src|href|xlink:href)$/.test(name) && !/^data:image\/(svg\+xml|png|jpeg);base64,|^#/.test(value))
          throw new Error(`${name}="${value}"`);
      }
    }
  }
}

it('escapeHtml gives back the text, as content and as an attribute', async () => {
  await fuzz('escape', fc.string({ unit: 'binary' }), (input) => {
    const { body } = window.document;
    body.innerHTML = `<p title="${escapeHtml(input)}">${escapeHtml(input)}</p>`;
    const expected = input.replace(/\r\n?/g, '\n').replaceAll('\u0000', '\ufffd'); // as HTML reads any text
    const p = body.querySelector('p') as HTMLParagraphElement & { textContent: string };
    if (body.querySelectorAll('*').length !== 1 || p.attributes.length !== 1) throw new Error('markup came out');
    if (p.textContent.replaceAll('\ufffd', '') !== expected.replaceAll('\ufffd', ''))
      throw new Error(`${JSON.stringify(p.textContent)}`);
  });
});

it('no text in any plot, table or progress bar becomes markup', async () => {
  const plots = Object.keys(everyPlot('x'));
  await fuzz(
    'plots',
    fc.tuple(fc.constantFrom(...plots), text),
    async ([name, input]) => check(await everyPlot(input)[name]()),
    { cases: CASES / 10 },
  );
  const shown: string[] = [];
  setNotebookHost({ display: (data) => shown.push(data['text/html']), signal: new AbortController().signal });
  try {
    await fuzz(
      'tables',
      fc.tuple(text, text),
      ([column, value]) => {
        shown.length = 0;
        void show([{ [column]: value, n: 1 }]);
        progressBar(column)({ label: value, done: 1, total: 2, note: value });
        if (shown.length !== 2) throw new Error('nothing shown');
        shown.forEach(check);
      },
      { cases: CASES / 4 },
    );
  } finally {
    setNotebookHost(undefined);
  }
});

it('no name, heading, error or figure of a notebook becomes markup of an exported page', () => {
  const evil = '"\'><img src=x onerror=alert(1)><script>alert(1)</script>{{ 7 * 7 }}';
  const code = (outputs: object[]): object => ({
    cell_type: 'code',
    id: `c${outputs.length}`,
    metadata: {},
    execution_count: 1,
    source: 'x',
    outputs,
  });
  const notebook = {
    cells: [
      { cell_type: 'markdown', id: 'a', metadata: {}, source: '# Safe\n\n## And sound' },
      code([{ output_type: 'stream', name: 'stdout', text: evil }]),
      code([
        { output_type: 'error', ename: evil, evalue: evil, traceback: [evil] },
        { output_type: 'display_data', metadata: {}, data: { 'text/plain': evil } },
      ]),
    ],
    metadata: {
      kernelspec: { name: 'graft', display_name: evil },
      language_info: { name: 'typescript' },
      graft: { seconds: 1 },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  const file = path.join(folder, `${evil.replaceAll('/', '')}.ipynb`);
  writeFileSync(file, JSON.stringify(notebook));
  const script = `import sys; sys.path.insert(0, 'src/notebook/jupyter'); import nbformat; from pathlib import Path
from page import provenance, write_page
notebook = nbformat.read(sys.argv[1], as_version=4)
run = Path(sys.argv[2]) / 'run.json'
run.write_text(sys.argv[3])
notebook.metadata['graft'] = provenance(1.0, run)
write_page(notebook, Path(sys.argv[1]), Path(sys.argv[2]) / 'page.html')`;
  const data = { train: { name: evil, n: 1, hash: evil }, test: { name: evil, n: 1, hash: evil } };
  const run = JSON.stringify({
    id: evil,
    finished: evil,
    options: { seed: evil, dropout: evil },
    data,
    backbone: { network: evil, cut: evil, weights: { file: evil, bytes: 1 } },
    engine: evil,
    hardware: { cpu: evil, threads: 1, memoryGiB: 1, tensorflow: evil },
    versions: { node: evil },
    seconds: {},
    test: { accuracy: 0.5, interval: [0, 1], n: 1 },
  });
  execFileSync('.venv/bin/python', ['-c', script, file, folder, run], {
    env: { ...process.env, JUPYTER_PATH: path.resolve('src/notebook/jupyter') },
  });
  const page = new JSDOM(readFileSync(path.join(folder, 'page.html'), 'utf8')).window.document;
  expect(page.querySelectorAll('img[src="x"], [onerror]')).toHaveLength(0);
  for (const script of page.querySelectorAll('script')) expect(script.textContent).not.toContain('alert(1)');
  expect(page.documentElement.textContent).toContain('{{ 7 * 7 }}');
  const policy = page.querySelector('meta[http-equiv="Content-Security-Policy"]')!.getAttribute('content');
  expect(policy).toMatch(/default-src 'none'/);
  expect(policy).not.toMatch(/https?:|\*/);
});
