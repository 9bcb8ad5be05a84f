import { describe, expect, it } from 'vitest';
import { RESIZES, cutsOut, type Resize, placementOf } from '../../src/pixels/resize.ts';

describe('how a picture is brought to a square', () => {
  // torchvision.transforms: Resize(256), CenterCrop(224) on PIL pictures of 640×480, 375×500 and 333×500
  it.each([
    [
      [480, 640],
      [256, 341],
      [16, 58],
    ],
    [
      [500, 375],
      [341, 256],
      [58, 16],
    ],
    [
      [500, 333],
      [384, 256],
      [80, 16],
    ],
    [
      [224, 224],
      [256, 256],
      [16, 16],
    ],
  ] as const)('crop scales %j to %j and cuts at %j', (from, scaled, [top, left]) => {
    const placement = placementOf(from, { resize: 'crop', size: 224, cropFraction: 0.875 });
    expect(placement).toEqual({ scaled, cut: { top, left, height: 224, width: 224 }, at: [0, 0] });
  });

  // of 5 pixels too many torchvision's CenterCrop leaves 2 before, of 7 it leaves 4; transformers' center_crop 2 and 3
  it.each([
    [229, 2, 2],
    [231, 4, 3],
    [230, 3, 3],
    [227, 2, 1],
  ])('of a side of %i pixels crop leaves %i out before, crop-floor %i', (side, even, floor) => {
    const top = (fit: 'crop' | 'crop-floor'): number =>
      placementOf([side, 224], { resize: fit, size: 224, cropFraction: 1 }).cut.top;
    expect([top('crop'), top('crop-floor')]).toEqual([even, floor]);
  });

  it('squash-crop takes both sides to size / crop fraction, and cuts the centre out', () => {
    expect(placementOf([480, 640], { resize: 'squash-crop', size: 224, cropFraction: 0.875 })).toEqual({
      scaled: [256, 256],
      cut: { top: 16, left: 16, height: 224, width: 224 },
      at: [0, 0],
    });
  });

  // timm's `Resize((24 + n, 24 + n))` and torchvision's `CenterCrop`: round(n / 2), half to even; DeiT's processor: n // 2
  it.each([
    [1, 0, 0],
    [2, 1, 1],
    [3, 2, 1],
    [5, 2, 2],
    [7, 4, 3],
  ])('of %i pixels too many squash-crop-even leaves %i out before, squash-crop %i', (over, even, floor) => {
    const cut = (fit: Resize): number[] => {
      const { cut, scaled } = placementOf([53, 77], { resize: fit, size: 24, cropFraction: 24 / (24 + over) });
      expect(scaled).toEqual([24 + over, 24 + over]);
      return [cut.top, cut.left];
    };
    expect([cut('squash-crop-even'), cut('squash-crop')]).toEqual([
      [even, even],
      [floor, floor],
    ]);
  });

  it.each(RESIZES)(
    '%s puts a part of the picture into the square, and knows whether it leaves something out',
    (fit) => {
      const { scaled, cut, at } = placementOf([53, 77], { resize: fit, size: 24, cropFraction: 24 / 31 });
      expect([cut.top + cut.height <= scaled[0], cut.left + cut.width <= scaled[1]]).toEqual([true, true]);
      expect([at[0] + cut.height <= 24, at[1] + cut.width <= 24]).toEqual([true, true]);
      expect(cutsOut(fit)).toBe(cut.height < scaled[0]);
    },
  );

  it('squash takes both sides to the size, pad the longer one', () => {
    const whole = { top: 0, left: 0, height: 100, width: 100 };
    expect(placementOf([50, 200], { resize: 'squash', size: 100, cropFraction: 1 })).toEqual({
      scaled: [100, 100],
      cut: whole,
      at: [0, 0],
    });
    expect(placementOf([50, 200], { resize: 'pad', size: 100, cropFraction: 1 })).toEqual({
      scaled: [25, 100],
      cut: { ...whole, height: 25 },
      at: [37, 0],
    });
    expect(placementOf([5000, 1], { resize: 'pad', size: 10, cropFraction: 1 }).scaled).toEqual([10, 1]);
  });

  it('refuses other names and shares', () => {
    const placed = (name: string, cropFraction: number): unknown =>
      placementOf([1, 1], { resize: name as Resize, size: 1, cropFraction });
    expect(() => placed('cover', 1)).toThrow(
      'resize: expected one of crop, crop-floor, squash, squash-crop, squash-crop-even, pad; got "cover".',
    );
    expect(() => placed('crop', 0)).toThrow('cropFraction: expected a number above 0 to 1; got 0.');
  });
});
