import type { Random } from '../../src/random.ts';

/** A flower about (0, 0), its head of radius 1: elements of SVG. */
type Flower = (next: Random) => string;

const between = (next: Random, a: number, b: number): number => a + (b - a) * next();
const oneOf = <T>(next: Random, all: readonly T[]): T => all[Math.floor(next() * all.length)];
const whole = (next: Random, a: number, b: number): number => Math.floor(between(next, a, b + 1));
const short = (value: number): string => value.toFixed(3);
const hsl = (hue: number, saturation: number, lightness: number): string =>
  `hsl(${hue.toFixed(0)},${saturation.toFixed(0)}%,${lightness.toFixed(0)}%)`;

/** So many petals around the middle, each an outline from the centre up to (0, −1), in shades of one hue. */
function ring(next: Random, count: number, reach: number, outline: string, colour: readonly number[]): string {
  return Array.from({ length: count }, (_, i) => {
    const turn = (360 * i) / count + between(next, -5, 5);
    const long = reach * between(next, 0.9, 1.05);
    const fill = hsl(colour[0], colour[1], colour[2] + between(next, -7, 5));
    return `<path d="${outline}" fill="${fill}" stroke="#0003" stroke-width=".02" transform="rotate(${short(turn)}) scale(${short(long)})"/>`;
  }).join('');
}

/** A disc of seeds in the order of a sunflower's: each a golden angle further. */
function seeds(radius: number, count: number, light: string): string {
  return Array.from({ length: count }, (_, i) => {
    const [r, angle] = [radius * Math.sqrt((i + 0.5) / count), i * 2.39996];
    return `<circle cx="${short(r * Math.cos(angle))}" cy="${short(r * Math.sin(angle))}" r="${short(0.5 * radius * count ** -0.5)}" fill="${light}"/>`;
  }).join('');
}

const daisy: Flower = (next) => {
  const colour = oneOf(next, [[55, 30, 95], [330, 60, 88], [50, 85, 62]]); // one in three is yellow, as sunflowers are
  const middle = between(next, 0.2, 0.34);
  return (
    ring(next, whole(next, 15, 24), 1, 'M0 0C-.13 -.3 -.14 -1 0 -1C.14 -1 .13 -.3 0 0Z', colour) +
    `<circle r="${short(middle)}" fill="${hsl(between(next, 38, 50), 90, 50)}"/>${seeds(middle, 40, '#a60a')}`
  );
};

const sunflower: Flower = (next) => {
  const colour = [between(next, 38, 52), 95, 54];
  const middle = between(next, 0.36, 0.52);
  const petal = 'M0 0C-.22 -.45 -.12 -.8 0 -1C.12 -.8 .22 -.45 0 0Z';
  const count = whole(next, 13, 20);
  return (
    ring(next, count, 1, petal, [colour[0] - 6, 90, 46]) +
    `<g transform="rotate(${short(180 / count)})">${ring(next, count, 0.92, petal, colour)}</g>` +
    `<circle r="${short(middle)}" fill="${hsl(24, 55, between(next, 14, 26))}"/>${seeds(middle, 110, '#b87a')}`
  );
};

const rose: Flower = (next) => {
  const [hue, saturation, lightness] = oneOf(next, [[350, 80, 45], [335, 70, 70], [48, 75, 80], [15, 80, 62]]);
  const start = between(next, 0, 360);
  const petals = Array.from({ length: 17 }, (_, i) => {
    const size = 0.78 * (1 - i / 18);
    const turn = start + i * 137.5;
    const fill = hsl(hue, saturation, lightness + 9 - 1.1 * i + between(next, -5, 5));
    return (
      `<g transform="rotate(${short(turn)}) translate(0 ${short(-0.36 * (1 - i / 17))}) scale(${short(size)})">` +
      `<path d="M-.85 .1C-.9 -.6 -.35 -.85 0 -.8C.4 -.88 .9 -.55 .85 .1C.6 .75 -.6 .75 -.85 .1Z" fill="${fill}" ` +
      'stroke="#0004" stroke-width=".04"/></g>'
    );
  });
  return petals.join('');
};

const tulip: Flower = (next) => {
  const [hue, saturation, lightness] = oneOf(next, [[355, 80, 48], [330, 70, 64], [50, 90, 58], [280, 45, 45], [20, 20, 92]]);
  const shade = (by: number): string => hsl(hue, saturation, lightness + by + between(next, -3, 3));
  const side = 'M0 .8C-.7 .8 -.85 0 -.62 -.85C-.3 -.55 0 -.2 0 .8Z';
  return (
    `<path d="M0 .8C-.45 .4 -.5 -.5 0 -.95C.5 -.5 .45 .4 0 .8Z" fill="${shade(-12)}"/>` +
    `<path d="${side}" fill="${shade(2)}" stroke="#0003" stroke-width=".02"/>` +
    `<path d="${side}" fill="${shade(-2)}" stroke="#0003" stroke-width=".02" transform="scale(-1 1)"/>` +
    `<path d="M0 .82C-.4 .6 -.4 -.2 0 -.62C.4 -.2 .4 .6 0 .82Z" fill="${shade(6)}" stroke="#0003" stroke-width=".02"/>`
  );
};

export const FLOWERS = { daisy, rose, sunflower, tulip } as const;
export type FlowerName = keyof typeof FLOWERS;

/** What lies behind: hues of meadow, leaves, sky, wall, soil, evening; each as hue, saturation, lightness. */
const GROUNDS = [[95, 40, 38], [140, 30, 25], [205, 55, 72], [40, 25, 70], [25, 25, 28], [265, 25, 45]] as const;

/**
 * Draws one to three flowers of a class before something out of focus, the largest in front.
 * @param next decides everything
 * @returns an SVG file
 */
export function drawFlowers(name: FlowerName, [height, width]: readonly [number, number], next: Random): string {
  const [hue, saturation, lightness] = oneOf(next, GROUNDS);
  const spots = Array.from({ length: 26 }, () => {
    const fill = hsl(hue + between(next, -25, 25), saturation, lightness + between(next, -16, 16));
    return `<circle cx="${short(width * next())}" cy="${short(height * next())}" r="${short(between(next, 12, 60))}" fill="${fill}" opacity=".6"/>`;
  });
  const side = Math.min(width, height);
  const count = oneOf(next, [1, 1, 2, 3]);
  const heads = Array.from({ length: count }, (_, i) => {
    const radius = (side * between(next, 0.24, 0.42)) / (count - i) ** 0.4;
    const x = between(next, 0.3, 0.7) * width + (count > 1 ? (i - (count - 1) / 2) * 0.3 * width : 0);
    return { radius, x, y: between(next, 0.34, 0.6) * height };
  });
  const flowers = heads.map(({ radius, x, y }) => {
    const upright = name === 'tulip';
    const tilt = upright ? between(next, -18, 18) : between(next, 0, 360);
    const flat = upright ? between(next, 0.85, 1) : between(next, 0.62, 1);
    const bend = x + between(next, -40, 40);
    const green = hsl(between(next, 90, 130), 40, between(next, 24, 38));
    return (
      `<path d="M${short(x)} ${short(y)}Q${short(x)} ${short((y + height) / 2)} ${short(bend)} ${height}" stroke="${green}" stroke-width="${short(radius / 9)}" fill="none"/>` +
      `<g transform="translate(${short(x)} ${short(y)}) rotate(${short(tilt)}) scale(${short(radius)} ${short(radius * flat)})">${FLOWERS[name](next)}</g>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<filter id="far" x="-.3" y="-.3" width="1.6" height="1.6"><feGaussianBlur stdDeviation="9"/></filter>` +
    `<rect width="100%" height="100%" fill="${hsl(hue, saturation, lightness)}"/><g filter="url(#far)">${spots.join('')}</g>` +
    `${flowers.join('')}</svg>`
  );
}
