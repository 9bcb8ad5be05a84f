import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/notebook/kernel/compile/edits.ts';

describe('edits', () => {
  it('are made in order, those at one place as they were given', () => {
    expect(
      applyEdits('abc', [
        { at: 3, text: '!' },
        { at: 1, length: 1, text: 'B' },
        { at: 0, text: '(' },
        { at: 0, text: '[' },
      ]).text,
    ).toBe('([aBc!');
  });

  it('are found back by line and column, also where they add or remove lines', () => {
    const { text, original } = applyEdits('one\ntwo\nthree', [
      { at: 0, text: 'zero\n' },
      { at: 3, length: 5, text: ' ' },
    ]);
    expect(text).toBe('zero\none three');
    expect(original({ line: 2, column: 1 })).toEqual({ line: 1, column: 1 });
    expect(original({ line: 2, column: 5 })).toEqual({ line: 3, column: 1 });
  });
});
