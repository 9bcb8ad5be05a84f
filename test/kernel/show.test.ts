import { describe, expect, it } from 'vitest';
import { session } from './session.ts';

describe('show', () => {
  it('awaits what it is given, and the cell awaits what it shows', async () => {
    const { results } = await session([
      {
        run: [
          "import { shapes10, show } from 'graft-ml';",
          "import { sampleGrid } from 'graft-ml/plots';",
          'const images = shapes10({ train: 20 }).train;',
          'show(sampleGrid(images));', // a promise of HTML, and not the last
          "show('<i>second</i>');",
          'show(images);', // loads what draws pictures when it is needed
          "console.log('third');",
        ].join('\n'),
      },
      { run: "show(Promise.reject(new RangeError('not to be had')));\nconsole.log('shown');" },
      {
        run: 'interface Epoch { readonly epoch: number; readonly loss?: number }\nconst epochs: readonly Epoch[] = [{ epoch: 1, loss: 0.5 }];\nshow(epochs);',
      },
    ]);
    expect(results[0].error).toBeNull();
    expect(results[0].display).toHaveLength(3);
    expect(results[0].display).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/sample images of each class/),
        'second',
        'shapes10 train: 20 images of 32×32, 10 classes',
      ]),
    );
    expect(results[1]).toMatchObject({ text: 'shown\n', error: { ename: 'RangeError', evalue: 'not to be had' } });
    expect(results[2].display).toEqual(['epoch  loss\n    1   0.5']);
  });

  it('shows the last value richly, and waits for a promise', async () => {
    const { results } = await session([
      { run: "import * as tf from '@tensorflow/tfjs';\ntf.ones([2, 2])" },
      { run: 'Promise.resolve(new Map([["a", 1]]))' },
      {
        run: "({ [Symbol.for('Jupyter.display')]: async () => ({ 'text/html': '<b>own</b>', 'text/plain': 'own' }) })",
      },
      { run: "Promise.reject(new Error('late'))" },
      { run: 'const quiet = 1;' },
    ]);
    expect(results[0].display).toEqual(['Tensor float32 [2, 2]\n 1  1\n 1  1']);
    expect(results[1].data[0]['text/html']).toContain(
      '<td style="text-align:left">a</td><td style="text-align:right">1</td>',
    );
    expect(results[2].data).toEqual([{ 'text/html': '<b>own</b>', 'text/plain': 'own' }]);
    expect(results[3].error?.evalue).toBe('late');
    expect(results[4]).toMatchObject({ display: [], text: '' });
  });

  it('shows what is odd without a word of the kernel', async () => {
    const { results } = await session([
      { run: '[Promise.resolve(1)]' },
      { run: '({ a: Promise.resolve(1), b: new Promise(() => {}) })' },
      { run: 'console.log(Promise.resolve(1));' },
      { run: '(x: number) => x * 2' },
      { run: '(class {})' },
      { run: '({ get bad() { throw new Error("getter"); }, a: 1 })' },
      { run: '({ get then() { throw new Error("getter"); }, a: 1 })' },
      { run: 'new Proxy({}, { get: () => () => 1 })' }, // has a `then` that never calls back
      { run: 'const r = Proxy.revocable({}, {}); r.revoke(); r.proxy' },
      { run: 'undefined' },
      { run: 'null' },
    ]);
    expect(results.map(({ error }) => error)).toEqual(results.map(() => null));
    expect(results.map(({ display, text }) => [text, ...display].join(''))).toEqual([
      '[ Promise { 1 } ]',
      '{ a: Promise { 1 }, b: Promise { <pending> } }',
      'Promise { 1 }\n',
      '[Function (anonymous)]',
      '[class (anonymous)]',
      '{ bad: [Getter], a: 1 }',
      '{ then: [Getter], a: 1 }',
      '{}',
      '<Revoked Proxy>',
      '',
      '',
    ]);
  });
});
