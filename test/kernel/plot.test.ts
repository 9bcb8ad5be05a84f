import * as Plot from '@observablehq/plot';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { elementHtml } from '../../src/notebook/element.ts';
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
        run: "import { show } from './src/notebook/display';\nshow(Plot.legend({ color: { type: 'linear', domain: [0, 1] } }));",
      },
      { run: "console.log('document' in globalThis, 'window' in globalThis);" },
    ]);
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
