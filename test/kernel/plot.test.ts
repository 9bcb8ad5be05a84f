import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as Plot from '@observablehq/plot';
import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { bundleOf, ownBundle } from '../../src/notebook/show/bundle.ts';
import { elementHtml } from '../../src/notebook/show/element.ts';
import { cellPlot } from '../../src/notebook/plot/cell-plot.ts';
import { png } from '../../src/notebook/plot/canvas.ts';
import { session } from './session.ts';

const cells = cellPlot(Plot);
const rows = [
  { x: 1, y: 10, kind: 'a' },
  { x: 2, y: 30, kind: 'b' },
  { x: 3, y: 20, kind: 'a' },
];
const titles = (element: Element): string[] =>
  [...element.querySelectorAll('title')].map((title) => String(title.textContent));

describe('Plot in a cell', () => {
  it('draws with no document named, and installs none', async () => {
    const { results } = await session([
      { run: "import * as Plot from '@observablehq/plot';\nPlot.plot({ marks: [Plot.dot([[1, 2], [3, 4]])] })" },
      { run: 'Plot.barY([1, 2, 3]).plot()' },
      {
        run: "import { show } from './src/notebook/show/display';\nshow(Plot.legend({ color: { type: 'linear', domain: [0, 1] } }));",
      },
      { run: "console.log('document' in globalThis, 'window' in globalThis);" },
      // of Plot's documentation; its own types refuse them
      {
        run: "const people = [{ age: 1, sex: 'f' }];\nPlot.rectY(people, Plot.binX({ y: 'count' }, { x: 'age', fill: 'sex' })).plot()",
      },
      { run: 'Plot.raster({ x1: -1, x2: 1, y1: -1, y2: 1, fill: (x, y) => Math.atan2(y, x) }).plot()' },
    ]);
    for (const { error, data } of results.slice(4)) {
      expect(error).toBeNull();
      expect(data[0]['text/html']).toContain('<img alt="a plot"');
    }
    for (const { error, data } of results.slice(0, 3)) {
      expect(error).toBeNull();
      expect(data[0]['text/html']).toContain('<img alt="a plot"');
    }
    expect(results[3].text).toBe('false false\n');
  });

  it('has tips as tooltips: of dots, bars and the points of lines, in facets too', () => {
    expect(titles(cells.plot({ marks: [Plot.dot(rows, { x: 'x', y: 'y', fill: 'kind', tip: true })] }))).toEqual([
      'kind: a\nx: 1\ny: 10',
      'kind: b\nx: 2\ny: 30',
      'kind: a\nx: 3\ny: 20',
    ]);
    expect(titles(cells.plot({ marks: [Plot.barY(rows, { x: 'kind', y: 'y', tip: true })] }))[0]).toBe(
      'y: 10\nkind: a',
    );
    const line = cells.plot({ marks: [Plot.lineY(rows, { x: 'x', y: 'y', tip: 'x' })] });
    expect(titles(line)).toEqual(['x: 1\ny: 10', 'x: 2\ny: 30', 'x: 3\ny: 20']);
    const facets = cells.plot({ marks: [Plot.dot(rows, { x: 'x', y: 'y', fx: 'kind', tip: true })] });
    expect(titles(facets)).toEqual(['x: 1\ny: 10\nkind: a', 'x: 3\ny: 20\nkind: a', 'x: 2\ny: 30\nkind: b']);
    // each lies where its dot is, not where it would be without its facet
    const left = [...elementHtml(facets).matchAll(/title="[^"]*" style="position:absolute;left:([\d.]+)%/g)].map(
      ([, value]) => Number(value),
    );
    expect(left[2]).toBeGreaterThan(50);
    expect(left[0]).toBeLessThan(left[1]);
    expect(left[1]).toBeLessThan(50);
  });

  it('has tips of whatever is drawn: areas, rules, ticks, texts, links, symbols, hexagons, pictures', () => {
    const xy = { x: 'x', y: 'y', tip: true } as const;
    const image = 'data:image/png;base64,AAAA';
    const marks: [Plot.Markish, ...string[]][] = [
      [
        Plot.dot(rows, { ...xy, symbol: 'kind' }),
        'x: 1\ny: 10\nkind: a',
        'x: 2\ny: 30\nkind: b',
        'x: 3\ny: 20\nkind: a',
      ],
      [Plot.ruleX(rows, xy), 'x: 1\ny: 0–10', 'x: 2\ny: 0–30', 'x: 3\ny: 0–20'],
      [Plot.tickX(rows, { x: 'x', y: 'kind', tip: true }), 'x: 1\nkind: a', 'x: 2\nkind: b', 'x: 3\nkind: a'],
      [
        Plot.link(rows, { x1: 'x', y1: 'y', x2: 0, y2: 0, tip: true }),
        'x: 1–0\ny: 10–0',
        'x: 2–0\ny: 30–0',
        'x: 3–0\ny: 20–0',
      ],
      [
        Plot.text(rows, { ...xy, text: 'kind' }),
        'x: 1\ny: 10\nkind: a',
        'x: 2\ny: 30\nkind: b',
        'x: 3\ny: 20\nkind: a',
      ],
      ...[Plot.areaY(rows, xy), Plot.image(rows, { ...xy, src: () => image })].map(
        (mark): [Plot.Markish, ...string[]] => [mark, 'x: 1\ny: 10', 'x: 2\ny: 30', 'x: 3\ny: 20'],
      ),
    ];
    for (const [mark, ...said] of marks) expect(titles(cells.plot({ marks: [mark] })).sort()).toEqual(said);
    expect(titles(cells.plot({ marks: [Plot.hexagon(rows, Plot.hexbin({ fill: 'count' }, xy))] }))).toHaveLength(3);
    // a label beside a dot does not say the same again
    expect(
      titles(cells.plot({ marks: [Plot.text(rows, { x: 'x', y: 'y', text: 'kind' }), Plot.dot(rows, xy)] })),
    ).toHaveLength(3);
  });

  it('says of what follows a pointer that it is not drawn, once a plot', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const said = (...marks: Plot.Markish[]): string => {
      warn.mockClear();
      cells.plot({ marks });
      expect(warn.mock.calls.length).toBeLessThan(2);
      return String(warn.mock.calls[0]?.[0] ?? '').split(':')[0];
    };
    try {
      const dots = Plot.dot(rows, { x: 'x', y: 'y', tip: true });
      expect(said(dots, cells.crosshair(rows, { x: 'x', y: 'y' }))).toBe('Plot.crosshair');
      expect(said(dots, [cells.crosshairX(rows, { x: 'x', y: 'y' })])).toBe('Plot.crosshairX');
      const following = Plot.text(rows, cells.pointerX({ x: 'x', y: 'y', text: 'kind', fx: 'kind' }));
      expect(said(following, Plot.ruleX(rows, cells.pointer({ x: 'x' })))).toBe('Plot.pointerX, Plot.pointer');
      expect(said(dots)).toBe('');
      expect(said(dots, Plot.tip(rows, cells.pointer({ x: 'x', y: 'y' })))).toBe('');
    } finally {
      warn.mockRestore();
    }
  });

  it('shows an array of plots, and plots by name', async () => {
    const [one, two] = [1, 2].map((n) => cells.plot({ ariaLabel: `plot ${n}`, marks: [Plot.dot([[n, n]])] }));
    for (const value of [[one, two], { one, two }]) {
      const { 'text/html': html } = (await ownBundle(value)) ?? bundleOf(value);
      expect([...html.matchAll(/<img alt="([^"]*)"/g)].map(([, alt]) => alt)).toEqual(['plot 1', 'plot 2']);
    }
    expect((await ownBundle({ one, two }))!['text/html']).toMatch(/one.*<img.*two.*<img/s);
  });

  it('draws a tip that stands, as large as its words, and keeps it out of tooltips', () => {
    const tip = (options: Plot.TipOptions, more: Plot.Markish[] = []): Element =>
      cells.plot({ marks: [Plot.tip(rows.slice(0, 1), { x: 'x', y: 'y', ...options }), ...more] });
    const width = (svg: Element): number => {
      const outline = svg.querySelector('g[aria-label="tip"] path')!.getAttribute('d')!;
      return Math.max(...[...outline.matchAll(/h(-?[\d.]+)/g)].map(([, n]) => Math.abs(Number(n))));
    };
    const [short, long] = ['tip', 'a long word on it'].map((title) => tip({ title: () => title, anchor: 'middle' }));
    expect(short.querySelector('g[aria-label="tip"]')!.getAttribute('visibility')).toBeNull();
    expect(width(short)).toBeGreaterThan(20);
    expect(width(long)).toBeGreaterThan(width(short) + 30);
    expect(titles(long)).toEqual([]);
    const both = tip({ title: () => 'stands' }, [Plot.dot(rows, { x: 'x', y: 'y', tip: true })]);
    expect(titles(both)).toEqual(['x: 1\ny: 10', 'x: 2\ny: 30', 'x: 3\ny: 20']);
    expect('requestAnimationFrame' in globalThis).toBe(false);
  });

  it('puts pictures of files in, frames what is elsewhere and says so, and names a file that is not there', async () => {
    const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'plot-')), 'photo.jpg');
    await sharp({ create: { width: 4, height: 4, channels: 3, background: '#f00' } })
      .jpeg()
      .toFile(file);
    const image = (...src: string[]): Element =>
      cells.plot({ marks: [Plot.image(src, { x: (_: string, i: number) => i, y: 1, src: Plot.identity, width: 40 })] });
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    try {
      const svg = image(file, pathToFileURL(file).href, 'https://example.org/a.png', 'data:image/png;base64,AAAA');
      const sources = [...svg.querySelectorAll('image')].map((one) => one.getAttribute('href')!.slice(0, 22));
      expect(sources).toEqual(['data:image/jpeg;base64', 'data:image/jpeg;base64', 'data:image/png;base64,']);
      expect(titles(svg)).toEqual(['not shown, since it is elsewhere: https://example.org/a.png']);
      expect(warn.mock.calls.join()).toMatch(
        /a picture from elsewhere cannot be shown.*https:\/\/example\.org\/a\.png/,
      );
      expect(elementHtml(svg)).not.toContain('src="https:');
      expect(() => image('nope.png')).toThrow(/Plot\.image: expected `src` to name files.*got "nope\.png"/);
      writeFileSync(file, 'text');
      expect(() => image(file)).toThrow(/is no picture/);
    } finally {
      warn.mockRestore();
      rmSync(path.dirname(file), { recursive: true });
    }
  });

  it('is XML, whatever stands in an attribute', () => {
    const svg = cells.plot({
      marks: [Plot.dot(rows, { x: 'x', y: 'y', ariaLabel: () => 'a < b & "c" > \u00a0\u0001', title: () => '<i>' })],
    });
    const [, base64] = /src="data:image\/svg\+xml;base64,([^"]*)"/.exec(elementHtml(svg))!;
    const { DOMParser } = svg.ownerDocument.defaultView!;
    const read = new DOMParser().parseFromString(Buffer.from(base64, 'base64').toString(), 'image/svg+xml');
    expect(read.querySelector('parsererror')).toBeNull();
    const dot = read.querySelector('[aria-label="dot"] circle')!;
    expect(dot.getAttribute('aria-label')).toBe('a < b & "c" > \u00a0\ufffd');
    expect(dot.querySelector('title')!.textContent).toBe('<i>');
  });

  it('has legends: of names, and continuous ones without a canvas of the system’s', async () => {
    const names = elementHtml(
      cells.plot({ color: { legend: true }, marks: [Plot.dot(rows, { x: 'x', y: 'y', fill: 'kind' })] }),
    );
    expect(names).toMatch(/<img[^>]*>a<.*<img[^>]*>b</);
    expect(names).not.toContain('<style');
    const element = cells.plot({
      color: { legend: true, scheme: 'viridis' },
      marks: [Plot.dot(rows, { x: 'x', y: 'y', fill: 'y' })],
    });
    const ramp = element.querySelector('image')!.getAttributeNS('http://www.w3.org/1999/xlink', 'href')!;
    const { data, info } = await sharp(Buffer.from(ramp.split(',')[1], 'base64'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([256, 1]);
    expect([...data.subarray(0, 3)]).toEqual([68, 1, 84]); // viridis begins with #440154 and ends with #fde725
    expect([...data.subarray(255 * info.channels, 255 * info.channels + 3)]).toEqual([253, 231, 37]);
  });

  it('has tips of a raster by place: each tile says the nearest value, not the whole picture that of its middle', () => {
    const corners = [0, 1].flatMap((x) => [0, 1].map((y) => ({ x, y, v: 10 * x + y })));
    const marks = [Plot.raster(corners, { x: 'x', y: 'y', fill: 'v', interpolate: 'nearest', tip: true })];
    const element = cells.plot({ width: 48, height: 48, axis: null, margin: 0, marks });
    expect(element.querySelectorAll('image title').length).toBe(0);
    const tiles = [...element.querySelectorAll('rect:has(> title)')];
    expect(tiles.length).toBe(256);
    for (const tile of tiles) {
      const [x, y] = ['x', 'y'].map((name) => Number(tile.getAttribute(name)));
      const [right, top] = [x >= 24, y < 24].map(Number);
      expect(tile.textContent).toBe(`v: ${10 * right + top}\nx: ${right}\ny: ${top}`);
    }
  });

  it('paints rasters', async () => {
    const element = cells.plot({
      width: 60,
      height: 60,
      axis: null,
      margin: 0,
      marks: [Plot.raster({ x1: 0, x2: 1, y1: 0, y2: 1, fill: (x: number) => (x < 0.5 ? 0 : 1) })],
    });
    const image = element.querySelector('image')!.getAttributeNS('http://www.w3.org/1999/xlink', 'href')!;
    const { info } = await sharp(Buffer.from(image.split(',')[1], 'base64'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([60, 60]);
  });

  it('encodes pixels as any reader of PNG expects them', async () => {
    const rgba = Uint8ClampedArray.from({ length: 5 * 3 * 4 }, (_, i) => i * 4);
    const { data } = await sharp(png(5, 3, rgba))
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([...data]).toEqual([...rgba]);
  });
});
