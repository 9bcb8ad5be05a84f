import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { bundleOf, DISPLAY, ownBundle } from '../../src/notebook/bundle.ts';

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
    expect(text('x'.repeat(20_000))).toMatch(/^x{10000}… \(10,000 more characters\)$/);
    const deep = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`key${i}`, { a: { b: [i] } }]));
    expect(text(deep).split('\n').length).toBeLessThan(35);
    expect(text(deep)).toMatch(/… \(\d+ more lines\)$/);
  });

  it('shows itself where it knows how', () => {
    const own = { [DISPLAY]: () => ({ 'text/plain': 'itself' }) };
    expect(ownBundle(own)).toEqual({ 'text/plain': 'itself' });
    expect(ownBundle(3)).toBeUndefined();
  });
});
