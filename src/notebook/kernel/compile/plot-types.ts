/** Matches the options of a mark that samples functions of x and y, and has no data. */
const sampled = (options: string, ...channels: readonly string[]): string =>
  `Omit<${options}, ${channels.map((name) => `"${name}"`).join(' | ')}> & ` +
  `{${channels.map((name) => `${name}?: RasterSampler | string | number`).join('; ')}}`;

/**
 * Examples of Observable Plot's own documentation that its declarations refuse, by file, and how they are let through:
 * in 0.6.17 `Plot.rectY(data, Plot.binX({ y: 'count' }, { x: 'age', fill: 'sex' }))`, whose T may be undefined, and
 * `Plot.raster({ fill: (x, y) => x * y, … })`, which is declared only with data.
 */
const AMENDS: readonly (readonly [file: string, from: RegExp, to: string])[] = [
  ['transforms/bin.d.ts', /Omit<T,/g, 'Omit<NonNullable<T>,'],
  [
    'marks/raster.d.ts',
    /(?=export function raster\()/,
    `export function raster(options?: ${sampled('RasterOptions', 'fill', 'fillOpacity')}): Raster;\n`,
  ],
  [
    'marks/contour.d.ts',
    /(?=export function contour\()/,
    `export function contour(options?: ${sampled('ContourOptions', 'fill', 'fillOpacity', 'value')}): Contour;\n`,
  ],
];

/** Gives one of Plot's declaration files as cells see it; any other file as it is. */
export function amendPlot(file: string, declarations: string): string {
  const name = /@observablehq[\\/]plot[\\/]src[\\/](.*)$/.exec(file)?.[1].replaceAll('\\', '/');
  return AMENDS.filter(([amended]) => amended === name).reduce(
    (text, [, from, to]) => text.replace(from, to),
    declarations,
  );
}
