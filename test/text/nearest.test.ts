import { expect, it } from 'vitest';
import { nearest } from '../../src/text/nearest.mjs';

it('finds the word with a letter too many, missing, wrong, or two swapped, and the one that is cut short', () => {
  const words = ['epochs', 'dropout', 'older-than', 'seed', 'test'];
  const typed = {
    epoch: 'epochs',
    dropoutt: 'dropout',
    dropuot: 'dropout',
    older: 'older-than',
    sead: 'seed',
    tset: 'test',
  };
  expect(Object.fromEntries(Object.keys(typed).map((word) => [word, nearest(word, words)]))).toEqual(typed);
  for (const far of ['photographs', '', 'x', 'learning-rate']) expect(nearest(far, words)).toBe(undefined);
});
