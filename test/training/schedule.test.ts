import { expect, it } from 'vitest';
import { SCHEDULES, scheduled } from '../../src/training/steps/schedule.ts';

it('trains in its only step, where there is one', () => {
  for (const schedule of SCHEDULES) expect(scheduled(schedule, 0, 1), schedule).toBe(1);
});

it('follows PyTorch’s OneCycleLR and CosineAnnealingLR', () => {
  const steps = (schedule: 'one-cycle' | 'cosine', n: number): number[] =>
    Array.from({ length: n }, (_, i) => scheduled(schedule, i, n));
  // OneCycleLR(optimizer, max_lr=1.0, total_steps=12)
  const cycle = [
    0.04, 0.3497896542195831, 0.8792851591221287, 0.9944154354509117, 0.9330129698414117, 0.811745653949763,
    0.6473789976951033, 0.46263710266697505, 0.28306099820869923, 0.1334775301888306, 0.03456698742539522, 4e-6,
  ];
  steps('one-cycle', 12).forEach((rate, i) => expect(rate).toBeCloseTo(cycle[i], 12));
  // CosineAnnealingLR(optimizer, T_max=8)
  const wave = [
    1, 0.9619397662556434, 0.8535533905932737, 0.6913417161825449, 0.5, 0.30865828381745514, 0.14644660940672627,
    0.03806023374435664,
  ];
  steps('cosine', 8).forEach((rate, i) => expect(rate).toBeCloseTo(wave[i], 12));
  expect(() => scheduled('linear' as 'cosine', 0, 1)).toThrow(
    'schedule: expected one of constant, cosine, one-cycle, plateau; got "linear".',
  );
});
