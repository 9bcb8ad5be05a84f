import { mkdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { session } from './session.ts';

describe('Stop', () => {
  it('ends awaits, loops and synchronous code, and leaves a kernel that answers', async () => {
    const { results } = await session([
      { run: 'await new Promise((resolve) => setTimeout(resolve, 60_000));', interrupt: [0.5] },
      { run: 'let n = 0;\nfor (;;) { n++; await new Promise((resolve) => setTimeout(resolve, 5)); }', interrupt: [0.8] },
      { run: 'const before = n;\nawait new Promise((resolve) => setTimeout(resolve, 300));\nconsole.log(n > 0, n === before);' },
      { run: 'for (;;);', interrupt: [0.8] },
      { run: "console.log('alive');" },
    ]);
    for (const i of [0, 1, 3]) {
      expect(results[i].error?.ename, String(i)).toBe('Interrupted');
      expect(results[i].seconds).toBeLessThan(20);
    }
    expect(results[2].text).toBe('true true\n'); // the loop has ended, and its variable kept its value
    expect(results[4]).toMatchObject({ text: 'alive\n', error: null });
  });

  it('lets fit end after its step with the history so far, and extraction after its batch; both go on', async () => {
    const { results } = await session([
      {
        run: [
          "import { useTensorFlow } from './src/host/tensorflow';",
          "import { shapes10 } from './src/data/shapes10';",
          "import { loadNetwork } from './src/models/network';",
          "import { classifier, cutAt, freeze } from './src/models/surgery';",
          "import { split } from './src/models/split';",
          "import { extractFeatures } from './src/features/extract';",
          "import { cellSignal } from './src/host/host';",
          "import { fit } from './src/training/fit';",
          'await useTensorFlow();',
          'const images = shapes10({ size: 3000 });',
          "const { backbone, head } = split(classifier(freeze(cutAt(await loadNetwork('vgg19-mini'), 'fc2')), { classes: 10 }));",
          "const cache = 'results/stop-features';",
        ].join('\n'),
      },
      { run: 'const features = await extractFeatures(backbone, images, { cache, signal: cellSignal() });', interrupt: [1.5] },
      { run: 'const rest = await extractFeatures(backbone, images, { cache });\nconsole.log(rest.cached > 0 && rest.cached < 3000);' },
      {
        run: 'const history = await fit(head, { features: rest, labels: images.labels }, { epochs: 1000, signal: cellSignal() });\nconsole.log(history.stopped, history.epochs.length > 0);',
        interrupt: [3],
      },
      {
        run: 'console.log(history.stopped, head.getWeights()[0].abs().sum().dataSync()[0] > 0);\nconst more = await fit(head, { features: rest, labels: images.labels }, { epochs: 1 });\nconsole.log(more.epochs[0].accuracy > 0.5);',
      },
    ]);
    rmSync('results/stop-features', { recursive: true, force: true });
    expect(results[0].error).toBeNull();
    expect(results[1].error?.ename).toBe('Interrupted');
    expect(results[2]).toMatchObject({ text: 'true\n', error: null });
    expect(results[3]).toMatchObject({ text: 'interrupted true\n', error: null });
    expect(results[4]).toMatchObject({ text: 'interrupted true\ntrue\n', error: null });
  });
});

describe('the kernel', () => {
  it('picks up an edited module, with what imports it, in names imported before', async () => {
    mkdirSync('results/reload', { recursive: true });
    const inner = (value: number): string => `export const value = ${value};\n`;
    const { results } = await session([
      {
        write: {
          'results/reload/inner.ts': inner(1),
          'results/reload/outer.ts': "import { value } from './inner.ts';\nexport const twice = () => 2 * value;\n",
        },
        run: "import { twice } from './results/reload/outer';\nimport * as all from './results/reload/inner';\nconsole.log(twice(), all.value);",
      },
      { write: { 'results/reload/inner.ts': inner(21) }, run: 'console.log(twice(), all.value);' },
    ]);
    rmSync('results/reload', { recursive: true });
    expect(results.map(({ text }) => text)).toEqual(['2 1\n', '42 21\n']);
  });

  it('completes and inspects with the types of src/', async () => {
    const { results } = await session([
      { run: "import { subset } from './src/data/subset';\nimport { shapes10 } from './src/data/shapes10';\nconst images = shapes10({ size: 10 });" },
      { complete: 'images.lab' },
      { inspect: 'subset' },
    ]);
    expect(results[1].matches).toContain('labels');
    expect(results[2].data!['text/plain']).toContain('A seeded, stratified part of a set of images');
  });

  it('keeps what a failed cell declared, runs cells again, and ends with timers and workers alive', async () => {
    const { results, shutdown } = await session([
      { run: "const a = 1;\nthrow new Error('no', { cause: new TypeError('why') });" },
      { run: 'console.log(a);' },
      ...Array.from({ length: 20 }, (_, i) => ({ run: `const a = ${i};\na` })),
      {
        run: "import { Worker } from 'node:worker_threads';\nsetInterval(() => {}, 10);\nconst worker = new Worker('setInterval(() => {}, 10)', { eval: true });",
      },
    ]);
    expect(results[0].error).toMatchObject({ ename: 'Error', evalue: 'no' });
    expect(JSON.stringify(results[0].error)).toContain('Caused by TypeError: why');
    expect(results[1].text).toBe('1\n');
    expect(results[21].text).toBe('19\n');
    expect(results.at(-1)!.error).toBeNull();
    expect(shutdown).toBeLessThan(4); // nobody had to kill it
  });

  it('shows what native libraries wrote when a cell fails, and how the log of a crashed kernel ended', async () => {
    const write = "import { writeSync } from 'node:fs';\nwriteSync(2, 'native words\\n');";
    const { results } = await session([
      { run: `${write}\nconsole.log('fine');` },
      { run: "throw new Error('without native words');" },
      { run: `${write}\nthrow new Error('no');` },
      { crash: true },
      { run: "console.log('again');" },
    ]);
    expect(results[0]).toMatchObject({ text: 'fine\n', error: null });
    expect(results[1].error!.traceback.join('\n')).not.toContain('Native libraries wrote');
    expect(results[2].error!.traceback.at(-1)).toBe('Native libraries wrote in the meantime:\nnative words');
    expect(results[4].text).toMatch(/^The kernel before this one was killed or crashed .*native words.*again\n$/s);
  });
});
