import { expect, it } from 'vitest';
import { features } from '../../src/features/features.ts';

it('features names the classes of a million rows', () => {
  const labels = Int32Array.from({ length: 1_000_000 }, (_, i) => i % 3);
  expect(features(new Float32Array(labels.length), labels).classNames).toEqual(['class 0', 'class 1', 'class 2']);
});
