import { mkdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { session } from './session.ts';

describe('the kernel', () => {
  it.each(['shell_port', 'iopub_port', 'control_port'])(
    'ends where another process has its %s, so that Jupyter starts another',
    async (taken) => {
      const { results, ready } = await session([{ run: "console.log('there');" }], { taken });
      expect(results[0].text).toBe('there\n');
      expect(ready).toBeLessThan(50); // it did not wait for the one without its port
    },
  );

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
      { run: "import { shapes10, subset } from 'graft-ml';\nconst images = shapes10({ train: 10 }).train;" },
      { complete: 'images.lab' },
      { inspect: 'subset' },
    ]);
    expect(results[1].matches).toContain('labels');
    expect(results[2].data['text/plain']).toContain('Gives a seeded, stratified part of a data set');
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
    expect(results[21].display).toEqual(['19']);
    expect(results.at(-1)!.error).toBeNull();
    expect(shutdown).toBeLessThan(4); // nobody had to kill it
  });

  it('shows what native libraries write, and how the log of a crashed kernel ended, but not of one that was to end', async () => {
    const write = "import { writeSync } from 'node:fs';\nwriteSync(2, 'native words\\n');";
    const { results } = await session([
      { run: `${write}\nconsole.log('fine');` },
      { run: `${write}\nthrow new Error('JavaScript’s own');` },
      { run: `${write}\nnotDeclared;` },
      { run: `${write}\nprocess.dlopen({ exports: {} }, 'not-there.node');` },
      {
        run: `${write}\nimport { InferenceSession } from 'onnxruntime-node';\nawait InferenceSession.create(new Uint8Array(3));`,
      },
      { crash: true },
      { run: "console.log('again');" },
      { leave: "console.log('busy');\nfor (;;);" },
      { run: "console.log('wanted');" },
    ]);
    expect(results[0]).toMatchObject({ text: 'native words\nfine\n', error: null });
    for (const i of [1, 2, 3, 4]) expect(results[i].error!.traceback.join('\n')).not.toContain('Native');
    expect(results[2].text).toBe(''); // it did not pass the compiler
    for (const i of [1, 3, 4]) expect(results[i].text).toMatch(/^native words\n/);
    expect(results[6].text).toMatch(/^The kernel before this one was killed or crashed .*native words.*again\n$/s);
    expect(results[8].text).toBe('wanted\n');
  });
});
