import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { bundleOf, DISPLAY, ownBundle } from '../../src/notebook/show/bundle.ts';

const text = (value: unknown): string => bundleOf(value)['text/plain'];

describe('the value of a cell', () => {
  it('is short for a tensor: its type, shape and corners', async () => {
    await tf.setBackend('cpu');
    const big = tf.range(0, 2500 * 40).reshape([2500, 40]);
    const others = [
      tf.scalar(0.5),
      tf.tensor1d([1.5, 2]),
      tf.zeros([2, 3, 2, 2]),
      tf.tensor(['a', 'b']),
      tf.zeros([0, 3]),
    ];
    const before = tf.memory().numTensors;
    expect(text(big).split('\n')).toEqual([
      'Tensor float32 [2,500, 40]',
      '      0       1       2       3  …      36      37      38      39',
      '     40      41      42      43  …      76      77      78      79',
      '     80      81      82      83  …     116     117     118     119',
      '      ⋮       ⋮       ⋮       ⋮  ⋮       ⋮       ⋮       ⋮       ⋮',
      ' 99,880  99,881  99,882  99,883  …  99,916  99,917  99,918  99,919',
      ' 99,920  99,921  99,922  99,923  …  99,956  99,957  99,958  99,959',
      ' 99,960  99,961  99,962  99,963  …  99,996  99,997  99,998  99,999',
    ]);
    expect(others.map(text)).toEqual([
      'Tensor float32 []  0.5',
      'Tensor float32 [2]\n 1.5  2.0',
      'Tensor float32 [2, 3, 2, 2]\n[0, 0]\n 0  0\n 0  0',
      'Tensor string [2]\n a  b',
      'Tensor float32 [0, 3]',
    ]);
    expect(tf.memory().numTensors).toBe(before); // showing leaves nothing
    tf.dispose([big, ...others]);
    expect(text(big)).toBe('Tensor float32 [2,500, 40], disposed');
  });

  it('is a model’s summary', () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    expect(text(model)).toMatch(/dense.*8\s.*Total params: 8/s);
    expect(text({ model, shape: [3] })).toMatch(/^\{ model: model "sequential_\d+", 1 layer, shape: \[ 3 \] \}$/);
    model.dispose();
  });

  it('is a line for a typed array, alone and inside of others', () => {
    expect(text(Float32Array.from({ length: 25_088 }, (_, i) => i / 2))).toBe(
      'Float32Array(25,088) [0, 0.5, 1, …, 12,543, 12,543, 12,544], 0 to 12,544, mean 6,272',
    );
    expect(text(new Uint8Array([1, 2]))).toBe('Uint8Array(2) [1, 2]');
    expect(text({ labels: new Uint8Array(3000), of: new Map([['a', 1]]) })).toBe(
      "{ labels: Uint8Array(3,000) [0, 0, 0, …, 0, 0, 0], of: Map(1) { 'a' => 1 } }",
    );
  });

  it('is a table for maps, sets and arrays of objects, numbers aligned', () => {
    const epochs = Array.from({ length: 30 }, (_, i) => ({ epoch: i + 1, loss: 1 / (i + 1), name: `<e${i}>` }));
    const { 'text/html': html, 'text/plain': plain } = bundleOf(epochs);
    expect(plain.split('\n').slice(0, 3)).toEqual(['epoch   loss  name', '    1  1.000  <e0>', '    2  0.500  <e1>']);
    expect(plain).toMatch(/and 10 more rows$/);
    expect(html).toContain('<td style="text-align:right">0.500</td><td style="text-align:left">&lt;e1&gt;</td>');
    // numbers that a cell has formatted, too
    const written = [{ accuracy: '84.1', more: '−0.5 %', interval: '83.1 to 85.0' }];
    expect(bundleOf([...written, { accuracy: '100.0', more: '1,250', interval: 'none' }])['text/html']).toMatch(
      /right">84\.1<\/td><td style="text-align:right">−0\.5 %<\/td><td style="text-align:left">83\.1 to/,
    );
    expect(
      text(
        new Map([
          ['a', 1.5],
          ['b', 20],
        ]),
      ),
    ).toBe('Map(2)\nkey  value\na      1.5\nb     20.0');
    expect(text(new Map([['a', { n: 1 }]]))).toBe('Map(1)\nkey  n\na    1');
    expect(text(new Set(['x', 'y']))).toBe('Set(2)\nvalue\nx\ny');
    expect(text(new Map())).toBe('Map(0) {}');
  });

  it('is a few lines for all else', () => {
    expect(text([20, 32, 32, 3])).toBe('[ 20, 32, 32, 3 ]');
    expect(text('as it is')).toBe('as it is');
    expect(text('x'.repeat(20_000))).toMatch(/^x{8000}… \(10,000 characters left out\) …x{2000}$/);
    const deep = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`key${i}`, { a: { b: [i] } }]));
    expect(text(deep).split('\n').length).toBeLessThan(35);
    expect(text(deep)).toMatch(/… \(\d+ more lines\)$/);
  });

  it('is shown without being asked where that throws, and with what goes in a circle', () => {
    const refuses = (): never => {
      throw new Error('asked');
    };
    const revocable = Proxy.revocable({}, {});
    revocable.revoke();
    const circle: Record<string, unknown> = { a: 1 };
    circle.self = circle;
    let deep: unknown[] = [];
    for (let i = 0; i < 20_000; i++) deep = [deep];
    class Own {
      a = 1;
      readonly t = new Uint8Array(2);
      get bad(): number {
        return refuses();
      }
    }
    const cases: [value: unknown, shown: string][] = [
      [
        {
          get bad(): number {
            return refuses();
          },
          a: 1,
        },
        '{ bad: [Getter], a: 1 }',
      ],
      [
        [
          {
            get bad(): number {
              return refuses();
            },
          },
        ],
        '[ { bad: [Getter] } ]',
      ],
      [new Proxy({ a: 1 }, { get: refuses, ownKeys: refuses, getPrototypeOf: refuses }), '{ a: 1 }'],
      [new Proxy({}, { get: () => () => 1 }), '{}'],
      [revocable.proxy, '<Revoked Proxy>'],
      [[revocable.proxy], '[ <Revoked Proxy> ]'],
      [circle, '<ref *1> { a: 1, self: [Circular *1] }'],
      [deep, '[\n  [ [ [ [Array] ] ] ]\n]'],
      [new Own(), 'Own { a: 1, t: Uint8Array(2) [0, 0] }'],
      [[{ at: new Date(NaN) }], 'at\nInvalid Date'],
      [new Array(5), '[ <5 empty items> ]'],
      [[Symbol('s'), 10n, -0, null, undefined], '[ Symbol(s), 10n, -0, null, undefined ]'],
      [new URL('https://a.b/c?d=e'), 'URL https://a.b/c?d=e'],
      [new Response('abc'), 'Response 200, text/plain;charset=UTF-8'],
      [new Blob(['abc']), "Blob { size: 3, type: '' }"],
      [[{ kind: 'history' }], 'kind\nhistory'], // of the user's own
    ];
    for (const [value, shown] of cases) expect((ownBundle(value) as undefined) ?? text(value)).toBe(shown);
    expect(text(new Array(1e7).fill(0)).length).toBeLessThan(200);
    expect(text(10n ** 60_000n)).toMatch(/^10{7999}… \(50,002 characters left out\) …0{1999}n$/);
    expect(Buffer.from(text('😀'.repeat(6000))).toString()).not.toContain('\ufffd'); // no half of a pair
  });

  it('is a line or a table for what other libraries give', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'head' })] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const history = await model.fit(tf.ones([4, 3]), tf.ones([4, 2]), { epochs: 30, verbose: 0 });
    expect(text(history)).toMatch(/^History of 30 epochs: loss\nepoch\s+loss\n {4}1 .*and 10 more rows$/s);
    expect(bundleOf(history)['text/html']).toContain('<table');
    expect(text({ history })).toBe('{ history: History of 30 epochs: loss }');
    expect(text(model.layers)).toBe('[ layer "head" (Dense): output [null, 2], 8 parameters ]');
    expect(text(tf.layers.dense({ units: 2, name: 'later' }))).toBe('layer "later" (Dense): not built yet');
    expect(text(model.weights[0])).toBe('LayerVariable "head/kernel" float32 [3, 2]');
    expect(text(tf.input({ shape: [3], name: 'in' }))).toBe('SymbolicTensor "in" float32 [null, 3]');
    // as apache-arrow 21 has them
    const arrow = {
      numRows: 1000,
      schema: { fields: [{ name: 'id', type: { toString: () => 'Int64' } }] },
      get: (i: number) => ({ toJSON: () => ({ id: BigInt(i) }) }),
      getChild() {},
    };
    expect(text(arrow)).toMatch(/^Table of 1,000 rows: id Int64\nid\n 0\n.*19\nand 980 more rows$/s);
    const vector = { get: (i: number) => i, toArray() {}, indexOf() {}, numChildren: 0, type: 'Int32', length: 1000 };
    expect(text({ vector })).toBe('{ vector: Vector of 1,000 Int32: 0, 1, 2, … }');
  });

  it('is each of Graft’s things, where it is several', async () => {
    const { train, test } = shapes10({ train: 20, test: 10 });
    const splits = await ownBundle({ train, validation: undefined, test })!;
    expect(splits['text/plain']).toBe(`train: ${String(train)}\ntest: ${String(test)}`);
    expect(splits['text/html'].match(/role="group"/g)).toHaveLength(2);
    const head = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    const backbone = {
      kind: 'backbone',
      network: 'vit',
      cut: 'tokens',
      outputShape: [3],
      id: 'abc',
      weights: { file: 'a/model.onnx' },
    };
    const parts = {
      ...backbone,
      input: { size: 224, interpolation: 'bicubic', preprocess: 'caffe' },
      file: { precision: '8 bits of its maker' },
      toString: () => 'vit to tokens',
    };
    const both = await ownBundle({ backbone: parts, head })!;
    expect(both['text/plain']).toMatch(/^backbone: vit to tokens\nhead: model "sequential_\d+", 1 layer$/);
    expect(both['text/html']).toMatch(/8 bits of its maker.*<pre>.*Total params: 8/s);
    expect(text({ train, n: 1 })).toBe(`{ train: ${String(train)}, n: 1 }`);
    expect(text([train, 1])).toBe(`[ ${String(train)}, 1 ]`);
    const rows = Array.from({ length: 9 }, () => ({ name: 'a', train }));
    expect(text(rows)).toContain(`a     ${String(train)}`);
  });

  it('shows itself where it knows how', () => {
    const own = { [DISPLAY]: () => ({ 'text/plain': 'itself' }) };
    expect(ownBundle(own)).toEqual({ 'text/plain': 'itself' });
    expect(ownBundle(3)).toBeUndefined();
  });
});
