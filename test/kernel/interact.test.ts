import { beforeAll, describe, expect, it } from 'vitest';
import { type Result, session, type Step } from './session.ts';

const dragged = (value: number): Extract<Step, { send: object }> => ({
  to: 'FloatSlider',
  send: { data: { method: 'update', state: { value }, buffer_paths: [] } },
});

/** Waits until a run has ended and what is kept has been drawn. */
const rest: Step = { run: 'await new Promise((resolve) => setTimeout(resolve, 700));' };

const STEPS: Readonly<Record<string, Step>> = {
  first: {
    run:
      "import { checkbox, interact, number, select, slider } from 'graft-ml/widgets';\n" +
      "import { cellSignal, show } from 'graft-ml';\n" +
      'const ended: string[] = [];\n' +
      'const moving = interact({ rate: slider(0, 1, { value: 0.5 }) }, async ({ rate }, { signal }) => {\n' +
      "  const own = cellSignal();\n  signal.addEventListener('abort', () => ended.push(`${rate} ${own === signal}`));\n" +
      "  if (rate === 0.9) throw new Error('too fast');\n" +
      '  await new Promise<void>((resolve) => {\n    setTimeout(resolve, rate === 0.1 ? 60_000 : 50);\n' +
      "    signal.addEventListener('abort', () => resolve());\n  });\n" +
      '  show(`<i>${rate}</i>`);\n  return `<b>${rate}</b>`;\n});\nmoving',
  },
  slow: dragged(0.1),
  next: { ...dragged(0.7), until: 'rate 0\\.7.*rate 0\\.5' }, // what is kept
  rest,
  ended: { run: 'JSON.stringify([ended, moving.value, moving.runs])' },
  throws: dragged(0.9),
  after: { ...dragged(0.2), until: '<b>0\\.2</b>' },
  restAgain: rest,
  stopped: { run: 'JSON.stringify(moving.runs)' },
  failing: { run: "interact({ rate: slider(0, 1) }, () => { throw new Error('at once'); })" },
  grid: {
    run:
      "const grid = interact({ head: select(['a', '<b>']), flip: checkbox({ value: true }) }, ({ head, flip }) => `<p>${head.length} ${flip}</p>`, " +
      '{ precompute: true });\ngrid',
  },
  drawn: {
    run: 'interact({ x: slider(1, 3) }, ({ x }) => x, { precompute: true, draw: (x, all) => `<p>${x} of ${Math.max(...all)}</p>` })',
  },
  tooMany: { run: 'interact({ a: slider(0, 100), b: slider(0, 10) }, () => 1, { precompute: true })' },
  tooLarge: {
    run: "let calls = 0; const large = interact({ a: slider(1, 100) }, () => { calls++; return 'x'.repeat(60_000); }, { precompute: true }); large",
  },
  calls: { run: 'calls' },
  uncounted: { run: 'interact({ a: number() }, () => 1, { precompute: true })' },
  made: {
    run:
      "import { buildHead, evaluate, features, fit, makeDataset } from 'graft-ml';\n" +
      "import { exploreAugmentation, exploreHead, exploreImages, exploreThreshold, exploreUpscaling } from 'graft-ml/widgets';\n" +
      "const [n, classNames] = [90, ['<i>a', 'b', 'c']];\n" +
      'const labels = Int32Array.from({ length: n }, (_, i) => i % 3);\n' +
      'const drawn = Float32Array.from({ length: 8 * n }, (_, i) => Math.sin(i) + (i % 8 === Math.floor(i / 8) % 3 ? 1 : 0));\n' +
      'const some = features(drawn, labels, { classNames });\n' +
      'const head = buildHead([8], { classes: classNames });\nawait fit(head, some, { epochs: 3, progress: false });\n' +
      'const evaluation = await evaluate(head, some);\n' +
      'const pictures = makeDataset({ pixels: new Uint8Array(n * 8 * 8 * 3), imageSize: [8, 8], labels, classNames });',
  },
  heads: {
    run: "exploreHead(some, { epochs: 3, dropout: [0, 0.5], l2: [0], learningRate: ['auto'], precompute: true })",
  },
  threshold: { run: 'exploreThreshold(evaluation, { precompute: true })' },
  images: { run: 'exploreImages(pictures, { by: evaluation, features: some })' },
  page: { to: 'Button', send: { data: { method: 'custom', content: { event: 'click' } } } },
  clicked: { to: 'Any', send: { data: { method: 'update', state: { clicked: 3 }, buffer_paths: [] } } },
  forged: { to: 'Any', send: { data: { method: 'update', state: { said: 'x', clicked: 1e9 }, buffer_paths: [] } } },
  others: { run: 'exploreImages(pictures, { features: features(drawn.subarray(8), labels.subarray(1)) })' },
  mapped: {
    run: 'exploreImages(pictures, { map: { points: Array.from(labels, (label, i) => [label, i] as [number, number]) } })',
  },
  brushed: { to: 'Any', send: { data: { method: 'update', state: { brushed: [0.4, 0, 1, 0.5] }, buffer_paths: [] } } },
  misbrushed: { to: 'Any', send: { data: { method: 'update', state: { brushed: ['a'] }, buffer_paths: [] } } },
  unmapped: { run: 'exploreImages(pictures, { map: { points: [] } })' },
  upscaling: { run: 'exploreUpscaling(pictures, { pictures: [0, 4], sizes: [16, 32], precompute: true })' },
  upscaled: { run: 'exploreUpscaling(pictures, { pictures: [90] })' },
  augmentation: { run: 'exploreAugmentation(pictures, { count: 2, precompute: true })' },
  augmented: { run: 'exploreAugmentation(pictures, { how: { horizontalFlip: true, shearRange: 10 } })' },
  wrong: { run: 'interact({ a: 1 as never }, () => 1)' },
};

let results: Readonly<Record<string, Result>>;
beforeAll(async () => {
  const got = await session(Object.values(STEPS));
  results = Object.fromEntries(Object.keys(STEPS).map((name, i) => [name, got.results[i]]));
});

const htmlOf = (name: string): string => results[name].data[0]['text/html'];
/** What areas were set to, as HTML. */
const shown = (...names: string[]): string[] =>
  names
    .flatMap((name) => results[name].comms)
    .flatMap(({ content }) => {
      const outputs = content.data.state?.outputs as { data?: Record<string, string>; evalue?: string }[] | undefined;
      return outputs?.length ? [outputs.map(({ data, evalue }) => data?.['text/html'] ?? evalue).join('')] : [];
    });

describe('interact', () => {
  it('runs at once, and its output holds the first result for those who see no controls', () => {
    expect(results.first.error).toBeNull();
    expect(htmlOf('first')).toMatch(/rate: <b>0\.5<\/b>.*<i>0\.5<\/i><b>0\.5<\/b>.*Run this cell/s);
  });

  it('ends a run when a control is changed again, and shows the latest', () => {
    const [ended, value, runs] = JSON.parse(results.ended.display[0]) as [string[], string, object];
    expect(ended).toEqual(['0.1 true']);
    expect(value).toBe('<b>0.7</b>');
    expect(runs).toEqual({ begun: 3, aborted: 1 });
    expect(shown('slow', 'next', 'rest').join()).not.toMatch(/<b>0\.1<\/b>/);
    expect(shown('next', 'rest')).toContain('<i>0.7</i><b>0.7</b>');
  });

  it('keeps results side by side', () => {
    expect(shown('next', 'rest').at(-1)).toMatch(/rate 0\.7.*<b>0\.7<\/b>.*rate 0\.5.*<b>0\.5<\/b>/s);
  });

  it('shows an error in place of a result, and the next change works; at the first run the cell fails', () => {
    expect(shown('throws')).toContain('too fast');
    expect(shown('after', 'restAgain')).toContain('<i>0.2</i><b>0.2</b>');
    expect(results.failing.error).toMatchObject({ ename: 'Error', evalue: 'at once' });
    expect(results.wrong.error).toMatchObject({
      evalue: 'interact: a: expected a control, such as slider(0, 1); got 1.',
    });
  });
});

describe('interact with precompute', () => {
  it('holds all states, one of which is seen without styles and buttons', () => {
    const html = htmlOf('grid');
    expect(html.match(/data-state="\d"/g)).toHaveLength(4 + 4);
    expect(html.match(/<div data-state="\d" style="display:none">/g)).toHaveLength(3);
    expect(html).toMatch(/<div data-state="1"><p>1 true<\/p>/);
    expect(html).toContain('&lt;b&gt;</label>');
    expect(results.grid.comms.filter(({ content }) => content.data.state?._view_name === 'OutputView')).toEqual([]);
  });

  it('draws each state with all at hand', () => {
    expect(htmlOf('drawn')).toMatch(/<p>1 of 3<\/p>.*<p>2 of 3<\/p>.*<p>3 of 3<\/p>/s);
  });

  it('says before it computes that there are too many states, or that they are too large', () => {
    const evalue = (name: string): string | undefined => results[name].error?.evalue;
    expect(evalue('tooMany')).toBe(
      'interact: precompute: expected at most 200 states; got 101 of a × 11 of b = 1111. Take larger steps or fewer values.',
    );
    expect(evalue('tooLarge')).toMatch(/expected at most 5 MB of states; 100 like the first, of 60 kB, are more/);
    expect(results.calls.display).toEqual(['1']);
    expect(evalue('uncounted')).toMatch(/a: expected a control whose values can be counted/);
  });
});

describe('what is ready-made', () => {
  it('trains heads, with accuracy, interval and the difference to the first', () => {
    expect(results.heads.error).toBeNull();
    const html = htmlOf('heads');
    expect(html.match(/Validation accuracy \d+\.\d %/g)).toHaveLength(2);
    expect(html).toMatch(/This is the first setting/);
    expect(html).toMatch(/This setting|No difference shown/);
    expect(html.length).toBeLessThan(100_000);
  });

  it('says what a threshold gives, by class; names are no markup', () => {
    const html = htmlOf('threshold');
    expect(html.match(/Answers from a probability of/g)).toHaveLength(20);
    expect(html).toContain('&lt;i&gt;a</th>');
    expect(html).not.toContain('<i>a');
  });

  it('shows pictures by pages, and those nearest to the one that was clicked', () => {
    expect(results.images.error).toBeNull();
    expect(htmlOf('images')).toMatch(/1 to 40 of 90 pictures.*&lt;i&gt;a; predicted/s);
    const page = results.page.comms.map(({ content }) => content.data.state).find((state) => state?.pictures)!;
    expect(page.said).toBe('41 to 80 of 90 pictures');
    expect(page.pictures).toHaveLength(40);
    expect(shown('clicked').join()).toMatch(/Nearest to picture 3/);
    const answers = results.forged.comms.map(({ content }) => content.data.state);
    expect(answers).toContainEqual({ said: '41 to 80 of 90 pictures' });
    expect(shown('forged')).toEqual([]);
    expect(results.others.error?.evalue).toBe('exploreImages: features: expected one for each of 90 pictures; got 89.');
  });

  it('shows the pictures inside a rectangle that is drawn on their map', () => {
    const said = results.brushed.comms.map(({ content }) => content.data.state?.said).filter(Boolean);
    expect(said).toEqual(['1 to 30 of 30 pictures']); // of three classes from left to right two, of those half
    expect(results.misbrushed.comms.map(({ content }) => content.data.state)).toContainEqual({
      brushed: [0.4, 0, 1, 0.5],
    });
    expect(results.unmapped.error?.evalue).toBe('exploreImages: map: expected a point for each of 90 pictures; got 0.');
  });

  it('shows pictures upscaled, and changed by augmentation', () => {
    expect(htmlOf('upscaling').match(/<div data-state/g)).toHaveLength(4);
    expect(htmlOf('upscaling')).toMatch(/&lt;i&gt;a, picture 0.*8×8 → 16×16/s);
    expect(results.upscaled.error?.evalue).toBe('exploreUpscaling: pictures: expected positions from 0 to 89; got 90.');
    expect(htmlOf('augmentation').match(/<div data-state/g)).toHaveLength(27);
    expect(results.augmented.error).toBeNull();
    expect(htmlOf('augmented')).toMatch(/mirrored: <b>yes<\/b>.*seed: <b>1<\/b>.*Augmentations/s);
  });
});
