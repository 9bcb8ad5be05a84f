import { expect, it } from 'vitest';
import { setName } from '../../src/features/set.ts';
import type { Backbone } from '../../src/models/backbone.ts';
import { QUANTIZED } from '../../src/runtime/read-onnx.ts';
import { hashOf } from '../../src/storage/files/hash.ts';

it('features of quantized files that were kept when sums could overflow are not taken; all others are', () => {
  const of = (precision?: string): Pick<Backbone, 'id' | 'file'> =>
    ({ id: 'a', ...(precision && { file: { precision } }) }) as Pick<Backbone, 'id' | 'file'>;
  const before = hashOf(['a', 'onnx']).slice(0, 24);
  expect(setName(of(), 'onnx')).toBe(before);
  expect(setName(of('float32'), 'onnx')).toBe(before);
  expect(setName(of('float16 in the file'), 'onnx')).toBe(before);
  expect(setName(of(QUANTIZED), 'onnx')).not.toBe(before);
});
