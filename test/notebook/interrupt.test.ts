import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript, used by the npm scripts
import * as jupyter from '../../src/notebook/jupyter-environment.mjs';

const { jupyterEnvironment, PYTHON } = jupyter as { jupyterEnvironment(): NodeJS.ProcessEnv; PYTHON: string };

interface Result {
  readonly text: string;
  readonly error: { readonly ename: string; readonly evalue: string } | null;
  readonly display: readonly string[];
  readonly seconds: number;
  readonly matches?: readonly string[];
  readonly data?: Record<string, string>;
}
type Step = { run: string; interrupt?: number[]; write?: Record<string, string> } | { complete: string } | { inspect: string };

/** Runs steps in one kernel through Jupyter's own client: test/notebook/session.py. */
function session(steps: Step[]): { results: Result[]; shutdown: number } {
  const { stdout, stderr } = spawnSync(PYTHON, ['test/notebook/session.py'], {
    encoding: 'utf8',
    input: JSON.stringify(steps),
    env: jupyterEnvironment(),
  });
  try {
    return JSON.parse(stdout) as { results: Result[]; shutdown: number };
  } catch {
    throw new Error(stderr);
  }
}

describe('Stop', () => {
  it('ends awaits, loops and synchronous code, and leaves a kernel that answers', () => {
    const { results } = session([
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

  it('lets fit end after its step with the history so far, and extraction after its batch; both go on', () => {
    const { results } = session([
      {
        run: [
          "import { useTensorFlow } from './src/tensorflow';",
          "import { shapes10 } from './src/data/shapes10';",
          "import { loadNetwork } from './src/vgg/network';",
          "import { classifier, cutAt, freeze } from './src/vgg/surgery';",
          "import { split } from './src/features/split';",
          "import { extractFeatures } from './src/features/extract';",
          "import { cellSignal } from './src/notebook/host';",
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
  it('picks up an edited module, with what imports it, in names imported before', () => {
    mkdirSync('results/reload', { recursive: true });
    const inner = (value: number): string => `export const value = ${value};\n`;
    const { results } = session([
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

  it('completes and inspects with the types of src/', () => {
    const { results } = session([
      { run: "import { subset } from './src/data/subset';\nimport { shapes10 } from './src/data/shapes10';\nconst images = shapes10({ size: 10 });" },
      { complete: 'images.lab' },
      { inspect: 'subset' },
    ]);
    expect(results[1].matches).toContain('labels');
    expect(results[2].data!['text/plain']).toContain('A seeded, stratified part of a set of images');
  });

  it('keeps what a failed cell declared, runs cells again, and ends with timers and workers alive', () => {
    const { results, shutdown } = session([
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
});
