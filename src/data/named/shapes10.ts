import { checkOptions } from '../../host/option-ranges.ts';
import { type Dataset, datasetOf } from '../dataset.ts';
import type { Splits } from '../subset.ts';
import { normal, random, type Random } from '../../random.ts';

/** Six shapes and four textures; each is 1 inside and 0 outside, in coordinates where the figure spans about -1..1. */
const CLASSES: readonly (readonly [name: string, inside: (x: number, y: number) => boolean])[] = [
  ['disc', (x, y) => x * x + y * y < 1],
  ['square', (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.88],
  ['triangle', (x, y) => y < 0.62 && Math.abs(x) < (y + 1.05) * 0.6],
  ['star', (x, y) => Math.hypot(x, y) < starRadius(Math.atan2(x, -y))],
  ['ring', (x, y) => Math.abs(Math.hypot(x, y) - 0.78) < 0.24],
  ['cross', (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.3 && Math.max(Math.abs(x), Math.abs(y)) < 1],
  ['stripes', (x) => mod(x * 1.6, 1) < 0.5],
  ['checks', (x, y) => mod(x * 1.1, 1) < 0.5 !== mod(y * 1.1, 1) < 0.5],
  ['dots', (x, y) => Math.hypot(mod(x * 1.5, 1) - 0.5, mod(y * 1.5, 1) - 0.5) < 0.31],
  ['waves', (x, y) => mod(y * 1.5 + 0.3 * Math.sin(x * 5), 1) < 0.5],
];
const FIRST_TEXTURE = 6;
const SIDE = 32;
const SUPERSAMPLING = 3; // samples a pixel in each direction, for smooth edges

const mod = (a: number, n: number): number => ((a % n) + n) % n;

function starRadius(angle: number): number {
  const t = Math.abs(mod(angle / ((2 * Math.PI) / 5), 1) - 0.5) * 2; // 1 at a tip, 0 between two tips
  return 0.42 + 0.68 * t ** 1.6;
}

/**
 * Generates a data set: ten classes of 32×32 pictures, drawn by code from a seed, for tests and for all that must run
 * in seconds. Colours, size, place, turn, background, shading and noise are random; classes are balanced. A linear
 * classifier on the raw pixels stays under 60 % (test/data/named/shapes10.test.ts).
 * @param options.train number of training images @default 2750
 * @param options.test number of test images @default 1000
 * @param options.seed @default 1
 * @example
 * const images = shapes10({ train: 500, test: 200 });
 */
export function shapes10({
  train = 2750,
  test = 1000,
  seed = 1,
}: { readonly train?: number; readonly test?: number; readonly seed?: number } = {}): Splits {
  checkOptions('shapes10', { train, test, seed });
  return { train: drawShapes('train', train, seed), test: drawShapes('test', test, seed) };
}

/** Makes a data set whose pictures are each drawn when first looked at. */
function drawShapes(split: 'train' | 'test', size: number, seed: number): Dataset {
  const labels = Int32Array.from({ length: size }, (_, i) => i % CLASSES.length);
  const pictures: (Uint8Array | undefined)[] = new Array<undefined>(size);
  const parts = {
    name: `shapes10 ${split}`,
    labels,
    classNames: CLASSES.map(([name]) => name),
    imageSize: [SIDE, SIDE],
  } as const;
  return datasetOf(parts, (i) => (pictures[i] ??= draw(labels[i], random(seed, `shapes10/${split}/${i}`))));
}

/** Draws one picture of a class, [32, 32, 3] uint8. */
function draw(label: number, next: Random): Uint8Array {
  const out = new Uint8Array(SIDE * SIDE * 3);
  const inside = CLASSES[label][1];
  const texture = label >= FIRST_TEXTURE;
  const between = (a: number, b: number): number => a + (b - a) * next();
  const colour = (): number[] => [between(20, 235), between(20, 235), between(20, 235)];
  const back = colour();
  let front = colour();
  // far enough apart to be seen, in any direction of colour space
  while (Math.hypot(...front.map((v, c) => v - back[c])) < 130) front = colour();
  const radius = texture ? between(7, 11) : between(10, 14.5);
  const reach = texture ? 16 : 17 - radius; // a shape may touch the edge
  const [cx, cy] = [16 + between(-reach, reach), 16 + between(-reach, reach)];
  const turn = between(0, 2 * Math.PI);
  const squeeze = between(0.8, 1.25);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const shade = [between(-20, 20), between(-20, 20)]; // light falls off across the picture
  const noise = between(2, 10);
  const lines =
    between(0, 1) < 0.3 ? { angle: between(0, Math.PI), step: between(3, 9), depth: between(8, 25) } : undefined;

  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      let cover = 0;
      for (let s = 0; s < SUPERSAMPLING ** 2; s++) {
        const dx = x + ((s % SUPERSAMPLING) + 0.5) / SUPERSAMPLING - cx;
        const dy = y + (Math.floor(s / SUPERSAMPLING) + 0.5) / SUPERSAMPLING - cy;
        const u = ((cos * dx + sin * dy) / radius) * squeeze;
        const v = (-sin * dx + cos * dy) / radius / squeeze;
        if (inside(u, v)) cover += 1 / SUPERSAMPLING ** 2;
      }
      const light = (shade[0] * (x - 16) + shade[1] * (y - 16)) / 16;
      // faint lines behind some shapes, so that a texture's presence alone says little
      const grain =
        lines && !texture && mod((x * Math.cos(lines.angle) + y * Math.sin(lines.angle)) / lines.step, 1) < 0.5
          ? lines.depth
          : 0;
      for (let c = 0; c < 3; c++) {
        const value = cover * front[c] + (1 - cover) * (back[c] + grain) + light + noise * normal(next);
        out[(y * SIDE + x) * 3 + c] = Math.max(0, Math.min(255, Math.round(value)));
      }
    }
  }
  return out;
}
