import * as Plot from '@observablehq/plot';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createDataset, makeDataset, pick } from '../../src/data/dataset.ts';
import { show } from '../../src/notebook/show/display.ts';
import { elementHtml } from '../../src/notebook/show/element.ts';
import { setNotebookHost } from '../../src/host/host.ts';
import { plotDocument } from '../../src/host/document.ts';
import { classColour, plotCard } from '../../src/plots/frame/card.ts';
import { differencesPlot } from '../../src/plots/experiments/differences.ts';
import { confusionCounts, confusionMatrix } from '../../src/plots/confusion-matrix.ts';
import { learningCurve, type LearningCurveOptions } from '../../src/plots/experiments/learning-curve.ts';
import { perClassAccuracy } from '../../src/plots/per-class.ts';
import { confidentMistakes } from '../../src/plots/pictures/mistakes.ts';
import { sampleGrid } from '../../src/plots/pictures/sample-grid.ts';
import { compareRuns } from '../../src/experiments/statistics/compare.ts';
import { everyPlot } from './every-plot.ts';
import { grid, parsed, texts } from './parsed.ts';
import { epochs, evaluationOf, guessed, images } from './fixed-rows.ts';

const EVIL = '<script>alert("x")</script>&"\'';

describe('every plot', () => {
  const { runsTable: _, ...plots } = everyPlot(EVIL);
  for (const [name, draw] of Object.entries(plots)) {
    it(`${name} is an image with a text alternative, on a white card, that needs nothing from elsewhere`, async () => {
      const { page, pictures } = parsed(await draw());
      expect(page.querySelectorAll('img').length).toBeGreaterThan(0);
      for (const img of page.querySelectorAll('img')) {
        const group = img.closest('[role="group"]'); // pictures side by side are described together
        expect((group?.getAttribute('aria-label') ?? img.alt).length).toBeGreaterThan(20);
        expect(img.src).toMatch(group ? /^data:image\/(png|jpeg);base64,/ : /^data:image\/svg\+xml;base64,/);
        expect(Number(img.getAttribute('width'))).toBeLessThanOrEqual(1000);
      }
      expect(page.body.innerHTML).toContain('background:#fff');
      for (const svg of pictures) {
        expect(svg.documentElement.tagName).toBe('svg');
        expect(svg.querySelectorAll('script')).toHaveLength(0);
        for (const image of svg.querySelectorAll('image'))
          expect(image.getAttribute('href')).toMatch(/^data:image\/(png|jpeg);base64,/);
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
    const { pictures } = parsed(confusionMatrix(guessed([0, 0, 0, 0, 1], [0, 0, 0, 1, 1], ['cat', 'dog'])));
    expect(texts(pictures[0])).toEqual(
      expect.arrayContaining(['75', '25', '100', 'cat', 'dog', 'predicted', 'true class']),
    );
    expect(pictures[0].querySelectorAll('rect').length).toBeGreaterThanOrEqual(4);
  });

  it('says in words what is taken for what most often, or that nothing is', () => {
    const names = ['cat', 'dog'];
    const said = (labels: number[], predictions: number[]): string =>
      parsed(confusionMatrix(guessed(labels, predictions, names))).page.querySelector('img')!.alt;
    expect(said([0, 0, 1], [0, 1, 1])).toContain('The most frequent mistake: 50.0 % of cat taken for dog.');
    expect(said([0, 1], [0, 1])).toBe('Confusion matrix of 2 classes. No mistakes.');
  });
});

it('learningCurve draws a line and a dot for each epoch of each series', () => {
  const { pictures } = parsed(learningCurve(epochs));
  expect(pictures).toHaveLength(2);
  for (const svg of pictures) {
    expect(svg.querySelectorAll('circle')).toHaveLength(4);
    expect(texts(svg)).toEqual(expect.arrayContaining(['training', 'validation']));
  }
  expect(parsed(learningCurve([], { total: 5 })).pictures).toHaveLength(2);
});

it('learningCurve says where the pretrained layers begin to train, as the history of fineTune knows or as told', () => {
  const words = /pretrained layers too/;
  const has = (of: Parameters<typeof learningCurve>[0], options?: LearningCurveOptions): boolean[] =>
    parsed(learningCurve(of, options)).pictures.map((svg) => texts(svg).some((text) => words.test(text)));
  expect(has(epochs)).toEqual([false, false]);
  expect(has(epochs, { total: 4, headEpochs: 2 })).toEqual([true, true]);
  expect(has(epochs, { total: 2, headEpochs: 2 })).toEqual([false, false]);
});

it('sampleGrid shows as many images of each class as asked for', async () => {
  const shown = grid(parsed(await sampleGrid(images, { rows: 3 })).page);
  expect(shown.images).toHaveLength(30);
  expect(shown.texts).toEqual([...images.classNames]);
});

it('sampleGrid keeps its columns whole where a class has fewer images, or none', async () => {
  const { labels, imageSize, keysAt, at } = pick(images, [0, 2, 10]);
  const uneven = createDataset({ name: 'uneven', labels, imageSize, keysAt, at, classNames: images.classNames });
  const { page } = parsed(await sampleGrid(uneven));
  const shown = grid(page);
  expect(shown.images).toHaveLength(2);
  expect(shown.texts).toEqual(['disc', 'triangle']);
  expect(shown.alt).toBe('1 sample images of each class that has images: disc, triangle.');
  expect(page.body.textContent).toContain('the first 1 of each class that has images in uneven');
});

it('confidentMistakes shows the surest first, and what it is', async () => {
  const probabilities = new Float32Array(600);
  images.labels.forEach(
    (label, i) => (probabilities[i * 10 + ((label + (i === 7 || i === 9 ? 1 : 0)) % 10)] = i === 9 ? 0.9 : 0.8),
  );
  const evaluation = evaluationOf(images.labels, probabilities, images.classNames, 'shapes10 train; vgg19-mini');
  const shown = grid(parsed(await confidentMistakes(images, evaluation)).page);
  expect(shown.texts).toEqual(['disc 90 %', 'is waves', 'dots 80 %', 'is checks']);
  const title = async (count: number): Promise<string> =>
    parsed(await confidentMistakes(images, evaluation, { count })).page.body.textContent ?? '';
  expect(await title(2)).toContain('Both mistakes, the most confident first');
  expect(await title(1)).toContain('The most confident mistake');
  await expect(confidentMistakes(pick(images, [1, 2]), evaluation)).rejects.toThrow(
    'expected the images that were evaluated, shapes10 train; vgg19-mini; got shapes10 train: 2 images',
  );
  const none = guessed(images.labels, images.labels, images.classNames);
  const nothing = grid(parsed(await confidentMistakes(images, none)).page);
  expect(nothing.alt).toContain('there are no mistakes');
  expect(nothing.images).toHaveLength(0);
});

it('confidentMistakes names the files of photos, in two lines where they are long, and whole in tooltips', async () => {
  const files = ['a/one.jpg', 'b/7568630428_8cf0fc16ff_n.jpg', `b/${'x'.repeat(60)}.jpg`];
  const size = [224, 224] as const;
  const photos = createDataset({
    ...makeDataset({
      pixels: new Uint8Array(3 * 224 * 224 * 3),
      imageSize: size,
      labels: [0, 1, 1],
      classNames: ['a', 'b'],
    }),
    fileAt: (i) => files[i],
  });
  const shown = grid(parsed(await confidentMistakes(photos, guessed([0, 1, 1], [1, 0, 0], ['a', 'b']))).page);
  expect(shown.texts).toEqual([
    ...['b 91 %', 'is a', 'one.jpg'],
    ...['a 91 %', 'is b', '7568630428_8cf', '0fc16ff_n.jpg'],
    ...['a 91 %', 'is b', 'x'.repeat(14), `…${'x'.repeat(9)}.jpg`],
  ]);
  expect(shown.images.map((img) => img.getAttribute('title'))).toEqual(files);
  expect(shown.alt).toContain('a taken for b (a/one.jpg)');
  // thumbnails alone
  for (const image of shown.images) {
    const [, format, base64] = /data:image\/(\w+);base64,(.*)/.exec(image.src)!;
    expect(format).toBe('jpeg');
    expect((await sharp(Buffer.from(base64, 'base64')).metadata()).width).toBe(208);
  }
});

describe('a legend', () => {
  const rows = ['<b>cat</b>', 'dog'].map((animal, i) => ({ animal, x: i, y: i }));
  const options: Plot.PlotOptions = {
    color: { legend: true, range: [0, 1].map(classColour) },
    marks: [Plot.dot(rows, { x: 'x', y: 'y', fill: 'animal' })],
  };

  it('stands over the picture, in words and colours, without a style sheet', () => {
    const { page, pictures } = parsed(plotCard(options, { alt: 'two animals' }));
    expect(page.body.textContent).toContain('<b>cat</b> dog');
    expect(page.querySelectorAll('b')).toHaveLength(0);
    for (const k of [0, 1]) expect(page.body.innerHTML).toContain(`background:${classColour(k)}`);
    expect(pictures).toHaveLength(2); // for wide and narrow screens
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
    const { page, pictures } = parsed(confusionMatrix(guessed([0, 0, 0, 0, 1], [0, 0, 0, 1, 1], ['<cat>', 'dog'])));
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
    expect(perClassAccuracy(guessed([0, 0, 1], [0, 1, 1], ['a', 'b']))).toMatch(
      /title="a: 50\.0 % of 2 \(95 % interval 9\.5 to 90\.5\)"/,
    );
  });
});

it('a class has the same colour wherever it is shown, and there are ten', async () => {
  expect(new Set(images.classNames.map((_, k) => classColour(k))).size).toBe(10);
  const bars = parsed(perClassAccuracy(guessed(images.labels, images.labels, images.classNames))).pictures[0];
  const { page } = parsed(await sampleGrid(images));
  const under = [...page.querySelectorAll<HTMLElement>('[role="group"] div')].map((div) => div.getAttribute('style'));
  const fills = (svg: Document): (string | null)[] =>
    [...svg.querySelectorAll('rect')].map((rect) => rect.getAttribute('fill')).filter(Boolean);
  for (const k of images.classNames.keys()) {
    expect(fills(bars)).toContain(classColour(k));
    expect(under).toContain(`height:3px;background:${classColour(k)}`);
  }
});

it('an axis of epochs has whole numbers, each once', () => {
  const { pictures } = parsed(learningCurve([], { total: 3 }));
  expect(texts(pictures[0]).filter((text) => /^\d+$/.test(text) && Number(text) > 0)).toEqual(['1', '2', '3']);
});

it('show puts pixels under the cell as they are', async () => {
  const shown: string[] = [];
  const pixels = await images.read(0, images.n);
  setNotebookHost({ display: (data) => shown.push(data['text/html']), signal: new AbortController().signal });
  try {
    await show({ pixels, shape: [60, 32, 32, 3] });
    await show({ pixels: pixels.subarray(0, 3072), shape: [32, 32, 3] });
    await expect(show({ pixels, shape: [32, 32, 3] })).rejects.toThrow(
      'show: expected 3072 pixel bytes for the shape 32×32×3',
    );
  } finally {
    setNotebookHost(undefined);
  }
  const { page } = parsed(shown[0]);
  expect(page.body.textContent).toContain('the first 50 of 60 images');
  const addresses = grid(page).images.map(({ src }) => src);
  expect(addresses).toHaveLength(50);
  const raw = await sharp(Buffer.from(addresses[1].split(',')[1], 'base64'))
    .raw()
    .toBuffer();
  expect(raw.equals(pixels.subarray(3072, 6144))).toBe(true);
  expect(grid(page).images[0].getAttribute('style')).toContain('pixelated');
  expect(grid(parsed(shown[1]).page).images).toHaveLength(1);
});

it('show gives the text of each picture, and of a plot that is drawn for two widths once', () => {
  const shown: string[] = [];
  setNotebookHost({ display: (data) => shown.push(data['text/plain']), signal: new AbortController().signal });
  try {
    const dots = plotCard({ marks: [Plot.dot([[1, 2]])] }, { alt: 'dots' });
    void show(`${dots}${dots}<p>between</p><img alt="dots" src="data:,">`);
  } finally {
    setNotebookHost(undefined);
  }
  expect(shown[0].match(/\[dots\]/g)).toHaveLength(3);
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
