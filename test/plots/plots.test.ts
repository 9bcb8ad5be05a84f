import * as Plot from '@observablehq/plot';
import { JSDOM } from 'jsdom';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { elementHtml, show } from '../../src/notebook/display.ts';
import { setNotebookHost } from '../../src/host/host.ts';
import { classColour, plotCard, plotDocument } from '../../src/plots/card.ts';
import { differencesPlot } from '../../src/plots/differences.ts';
import { embeddingMap } from '../../src/plots/embedding-map.ts';
import { frontier } from '../../src/plots/frontier.ts';
import { confusionCounts, confusionMatrix } from '../../src/plots/confusion-matrix.ts';
import { learningCurve } from '../../src/plots/learning-curve.ts';
import { perClassAccuracy } from '../../src/plots/per-class.ts';
import { confidentMistakes, sampleGrid } from '../../src/plots/pictures.ts';
import { compareRuns } from '../../src/experiments/compare.ts';
import { proportion } from '../../src/training/interval.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { everyPlot, images } from './every-plot.ts';

beforeAll(useTensorFlow);

const EVIL = '<script>alert("x")</script>&"\'';

/** The page's markup, and the pictures' SVG, parsed as strictly as a browser does in an <img>. */
function parsed(html: string): { page: Document; pictures: Document[] } {
  const page = new JSDOM(html).window.document;
  const pictures = [...page.querySelectorAll('img')].map((img) => {
    const svg = Buffer.from(img.src.replace('data:image/svg+xml;base64,', ''), 'base64').toString('utf8');
    return new JSDOM(svg, { contentType: 'image/svg+xml' }).window.document;
  });
  return { page, pictures };
}

const texts = (svg: Document): string[] => [...svg.querySelectorAll('text')].map((text) => text.textContent ?? '');

describe('every plot', () => {
  const { runsTable: _, ...plots } = everyPlot(EVIL);
  for (const [name, draw] of Object.entries(plots)) {
    it(`${name} is an image with a text alternative, on a white card, that needs nothing from elsewhere`, async () => {
      const { page, pictures } = parsed(await draw());
      expect(pictures.length).toBeGreaterThan(0);
      for (const img of page.querySelectorAll('img')) {
        expect(img.alt.length).toBeGreaterThan(20);
        expect(img.src).toMatch(/^data:image\/svg\+xml;base64,/);
        expect(Number(img.getAttribute('width'))).toBeLessThanOrEqual(1000);
      }
      expect(page.body.innerHTML).toContain('background:#fff');
      for (const svg of pictures) {
        expect(svg.documentElement.tagName).toBe('svg');
        expect(svg.querySelectorAll('script')).toHaveLength(0);
        for (const image of svg.querySelectorAll('image')) expect(image.getAttribute('href')).toMatch(/^data:image\/(png|jpeg);base64,/);
      }
      expect(page.querySelectorAll('script')).toHaveLength(0);
    });
  }
});

describe('confusionMatrix', () => {
  it('counts true classes in rows and predicted ones in columns', () => {
    expect([...confusionCounts([0, 0, 1, 2], [0, 1, 1, 0], 3)]).toEqual([1, 1, 0, 0, 1, 0, 1, 0, 0]);
    expect(() => confusionCounts([0], [], 3)).toThrow(/expected as many predictions as labels \(1\); got 0/);
  });

  it('shows per cent of each true class', () => {
    const { pictures } = parsed(confusionMatrix([0, 0, 0, 0, 1], [0, 0, 0, 1, 1], ['cat', 'dog']));
    expect(texts(pictures[0])).toEqual(expect.arrayContaining(['75', '25', '100', 'cat', 'dog', 'predicted', 'true class']));
    expect(pictures[0].querySelectorAll('rect').length).toBeGreaterThanOrEqual(4);
  });
});

it('learningCurve draws a line and a dot for each epoch of each series', () => {
  const epochs = [1, 2, 3].map((epoch) => ({ epoch, loss: 1 / epoch, accuracy: 0.5, valLoss: 1, valAccuracy: 0.4, seconds: 1 }));
  const { pictures } = parsed(learningCurve(epochs));
  expect(pictures).toHaveLength(2);
  for (const svg of pictures) {
    expect(svg.querySelectorAll('circle')).toHaveLength(6);
    expect(texts(svg)).toEqual(expect.arrayContaining(['training', 'validation']));
  }
  expect(parsed(learningCurve([], { total: 5 })).pictures).toHaveLength(2);
});

it('sampleGrid shows as many images of each class as asked for', async () => {
  const { pictures } = parsed(await sampleGrid(images, { rows: 3 }));
  expect(pictures[0].querySelectorAll('image')).toHaveLength(30);
  expect(texts(pictures[0])).toEqual([...images.classNames]);
});

it('confidentMistakes shows the surest first, and what it is', async () => {
  const probabilities = new Float32Array(600);
  images.labels.forEach((label, i) => (probabilities[i * 10 + ((label + (i === 7 || i === 9 ? 1 : 0)) % 10)] = i === 9 ? 0.9 : 0.8));
  const { pictures } = parsed(await confidentMistakes(images, probabilities));
  expect(texts(pictures[0])).toEqual(['disc 90 %', 'is waves', 'dots 80 %', 'is checks']);
});

describe('a legend', () => {
  const rows = ['<b>cat</b>', 'dog'].map((animal, i) => ({ animal, x: i, y: i }));
  const options: Plot.PlotOptions = { color: { legend: true, range: [0, 1].map(classColour) }, marks: [Plot.dot(rows, { x: 'x', y: 'y', fill: 'animal' })] };

  it('stands over the picture, in words and colours, without a style sheet', () => {
    const { page, pictures } = parsed(plotCard(options, { alt: 'two animals' }));
    expect(page.body.textContent).toContain('<b>cat</b> dog');
    expect(page.querySelectorAll('style, b')).toHaveLength(0);
    for (const k of [0, 1]) expect(page.body.innerHTML).toContain(`background:${classColour(k)}`);
    expect(pictures).toHaveLength(1);
    expect(pictures[0].querySelectorAll('circle')).toHaveLength(2);
  });

  it('of a plot of one’s own is kept, its pictures as images', () => {
    const html = elementHtml(Plot.plot({ ...options, document: plotDocument() }));
    const { page, pictures } = parsed(html);
    expect(pictures).toHaveLength(3); // two swatches and the plot
    expect(page.querySelectorAll('svg')).toHaveLength(0);
    expect(page.querySelector('figure')!.textContent).toContain('<b>cat</b>');
    expect(parsed(elementHtml(Plot.plot({ marks: options.marks, document: plotDocument() }))).pictures).toHaveLength(1);
    expect(elementHtml({ outerHTML: '<i>it</i>' })).toBe('<i>it</i>');
  });
});

describe('tooltips', () => {
  it('lie over their shapes', () => {
    const { page, pictures } = parsed(confusionMatrix([0, 0, 0, 0, 1], [0, 0, 0, 1, 1], ['<cat>', 'dog']));
    const boxes = [...page.querySelectorAll<HTMLElement>('span[title]')];
    expect(boxes.map((box) => box.title)).toContain('<cat> taken for dog: 1 images, 25.0 %');
    expect(boxes).toHaveLength(4);
    const rect = pictures[0].querySelector('rect')!;
    const width = Number(pictures[0].documentElement.getAttribute('width'));
    expect(Number.parseFloat(boxes[0].style.left)).toBeCloseTo((100 * Number(rect.getAttribute('x'))) / width, 1);
    expect(Number.parseFloat(boxes[0].style.width)).toBeCloseTo((100 * Number(rect.getAttribute('width'))) / width, 1);
  });

  it('say each epoch and each class', () => {
    const epochs = [1, 2].map((epoch) => ({ epoch, loss: 1 / epoch, accuracy: 0.5, seconds: 1 }));
    expect(learningCurve(epochs, { total: 3 })).toContain('title="epoch 2, training: 0.500"');
    expect(perClassAccuracy([0, 0, 1], [0, 1, 1], ['a', 'b'])).toMatch(/title="a: 50\.0 % of 2 \(95 % interval 9\.5 to 90\.5\)"/);
  });
});

it('a class has the same colour wherever it is shown, and there are ten', async () => {
  expect(new Set(images.classNames.map((_, k) => classColour(k))).size).toBe(10);
  const bars = parsed(perClassAccuracy(images.labels, images.labels, images.classNames)).pictures[0];
  const grid = parsed(await sampleGrid(images)).pictures[0];
  const fills = (svg: Document): (string | null)[] => [...svg.querySelectorAll('rect')].map((rect) => rect.getAttribute('fill')).filter(Boolean);
  for (const k of images.classNames.keys()) {
    expect(fills(bars)).toContain(classColour(k));
    expect(fills(grid)).toContain(classColour(k));
  }
});

it('an axis of epochs has whole numbers, each once', () => {
  const { pictures } = parsed(learningCurve([], { total: 3 }));
  expect(texts(pictures[0]).filter((text) => /^\d+$/.test(text) && Number(text) > 0)).toEqual(['1', '2', '3']);
});

it('show puts pixels under the cell as they are', async () => {
  const shown: string[] = [];
  setNotebookHost({ display: (data) => shown.push(data['text/html']), signal: new AbortController().signal });
  try {
    await show(images);
    await show({ pixels: images.pixels.subarray(0, 3072), shape: [32, 32, 3] });
    await expect(show({ pixels: images.pixels, shape: [32, 32, 3] })).rejects.toThrow('show: expected 3072 pixel bytes for the shape 32×32×3');
  } finally {
    setNotebookHost(undefined);
  }
  const { page, pictures } = parsed(shown[0]);
  expect(page.body.textContent).toContain('the first 50 of 60 images');
  const addresses = [...pictures[0].querySelectorAll('image')].map((image) => image.getAttribute('href')!);
  expect(addresses).toHaveLength(50);
  const raw = await sharp(Buffer.from(addresses[1].split(',')[1], 'base64'))
    .raw()
    .toBuffer();
  expect(raw.equals(images.pixels.subarray(3072, 6144))).toBe(true);
  expect(pictures[0].querySelector('image')!.getAttribute('style')).toContain('pixelated');
  expect(parsed(shown[1]).pictures[0].querySelectorAll('image')).toHaveLength(1);
});

it('the map shows each picture on hover, in its place on the sheet, and marks mistakes', async () => {
  const html = await everyPlot('cat').embeddingMap();
  const { page, pictures } = parsed(html);
  const spots = [...page.querySelectorAll('span[title]')];
  expect(spots).toHaveLength(60);
  expect(pictures[0].querySelectorAll('circle')).toHaveLength(60);
  expect(pictures[0].querySelectorAll('circle[stroke="#222"]')).toHaveLength(20); // every third is wrong
  expect(spots.filter((spot) => spot.getAttribute('title')!.includes('taken for'))).toHaveLength(20);
  // the sheet of 60 is 8 wide; image 1 is right, the first in the drawing order
  expect(spots[0].getAttribute('title')).toBe(images.classNames[1]);
  expect(spots[0].querySelector('i')!.style.backgroundPosition).toBe('-72px 0px');
  const sheet = /url\(data:image\/jpeg;base64,([^)]+)\)/.exec(html)![1];
  expect(await sharp(Buffer.from(sheet, 'base64')).metadata()).toMatchObject({ width: 256, height: 256 });
  await expect((async () => embeddingMap(images, []))()).rejects.toThrow('embeddingMap: expected a point for each of 60 images; got 0.');
});

it('the frontier holds what nothing else beats in both cost and accuracy', () => {
  const choice = (name: string, cost: number, right: number) => ({ name, cost, accuracy: proportion(right, 100) });
  const found = frontier([choice('slow', 9, 80), choice('bad', 5, 50), choice('cheap', 1, 60), choice('middle', 4, 70), choice('tie', 4, 65)]);
  expect(found.map(({ name }) => name)).toEqual(['cheap', 'middle', 'slow']);
});

it('differences are grey where their interval holds 0', () => {
  const [base, better] = [0, 1].map((value) => Uint8Array.from({ length: 50 }, (_, i) => Number(i % 2 || value)));
  const rows = [
    { name: 'better', difference: compareRuns([better], [base]) },
    { name: 'same', difference: compareRuns([base], [base]) },
  ];
  const { pictures } = parsed(differencesPlot(rows, { base: 'the base' }));
  const fills = [...pictures[0].querySelectorAll('circle')].map((circle) => circle.getAttribute('fill'));
  expect(fills).toEqual(['#0072B2', '#8a8a8a']);
  expect(texts(pictures[0])).toEqual(expect.arrayContaining(['better', 'same']));
});
