import { describe, expect, it } from 'vitest';
import { formatNumber, formatNumbers, formatRate } from '../../src/text/numbers.ts';

describe('numbers', () => {
  it('line up: one count of decimals for a column', () => {
    expect(formatNumbers([0.39, 0.89333, 1])).toEqual(['0.390', '0.893', '1.000']);
    expect(formatNumbers([0, 0.2, 0.5, 0.95])).toEqual(['0.00', '0.20', '0.50', '0.95']);
    expect(formatNumbers([1, 40970, 143667240])).toEqual(['1', '40,970', '143,667,240']);
    expect(formatNumbers([12.3456, 123.4])).toEqual(['12.3', '123.4']);
    expect(formatNumbers([1234.5678, 1])).toEqual(['1,235', '1']);
  });

  it('do not vanish beside larger ones', () => {
    expect(formatNumbers([0.0001, 0.001, 0.01])).toEqual(['0.0001', '0.0010', '0.0100']);
    expect(formatNumbers([2.8e-5, 0.001])).toEqual(['0.000028', '0.001000']);
    expect(formatNumbers([1e-9, 0.5])).toEqual(['1e-9', '0.5']);
    expect(formatNumbers([NaN, 0.5, -Infinity])).toEqual(['–', '0.5', '−∞']);
  });

  it('are read without exponents in single numbers and rates', () => {
    expect([4483, 85.234, 0.39, 0.0123456, -1234.5].map(formatNumber)).toEqual([
      '4,483',
      '85.23',
      '0.39',
      '0.01235',
      '-1,235',
    ]);
    expect([4483, 61.2, 6.912, 0.0123].map(formatRate)).toEqual(['4,480', '61.2', '6.91', '0.0123']);
  });
});
