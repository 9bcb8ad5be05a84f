import { expect, it } from 'vitest';
import { fittingNames } from '../../src/storage/places/place-name.ts';

it('of a bucket’s keys those that no folder can have are told apart, and the others stay', () => {
  const odd = ['a//b.png', 'a/\u0001.png', 'file', `a/${'n'.repeat(300)}.png`, 'back\\slash', `a/${'ü'.repeat(130)}`];
  const fit = ['a/b.png', 'file/below.png', `a/${'n'.repeat(200)}.png`, 'a b/ü.png'];
  const all = [...odd, ...fit].sort().map((name) => ({ name }));
  const told = fittingNames(all);
  expect(told.fit.map(({ name }) => name)).toEqual([...fit].sort());
  expect([...told.odd]).toEqual([...odd].sort());
});
