import { describe, expect, it } from 'vitest';
import { describeSetting, startingSize } from '../../src/notebook/starting-point.ts';

describe('what a notebook starts with', () => {
  it('is 224×224 where the CPU computes in 8 bits, else 160×160', () => {
    expect(startingSize('vgg16', { int8: true })).toBe(224);
    expect(startingSize('vgg19', { int8: false })).toBe(160);
    expect(startingSize('vgg19-mini', { int8: false })).toBe(64);
  });

  it('says why pictures go in small, what comes with the project, and what a download changes', () => {
    const before = process.env.GRAFT_DATA;
    process.env.GRAFT_DATA = '/nowhere';
    try {
      const said = describeSetting('cifar10-sample', 'vgg16', 160);
      expect(said).toMatch(
        /^This notebook runs on the sample of CIFAR-10 that comes with Graft .*, with VGG16, pretrained on ImageNet \(its 13 convolutions come with Graft, in 8 bits\)\.\n/,
      );
      expect(said).toMatch(/160×160 instead of 224×224: this CPU has no VNNI \(x86\) or dot product \(ARM\)/);
      expect(said).toMatch(
        /`npm run download` fetches all 60,000 images of CIFAR-10 \(170 MB\) and VGG19 with its fully connected layers \(575 MB\)/,
      );
      expect(describeSetting('cifar10-sample', 'vgg16', 224)).not.toMatch(/160/);
    } finally {
      if (before === undefined) delete process.env.GRAFT_DATA;
      else process.env.GRAFT_DATA = before;
    }
  });
});
