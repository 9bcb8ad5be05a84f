import type * as Plot from '@observablehq/plot';

const TRANSFORMS = ['pointer', 'pointerX', 'pointerY'] as const;
const MARKS = ['crosshair', 'crosshairX', 'crosshairY'] as const;

type Render = (this: unknown, ...given: unknown[]) => unknown;

/**
 * Tells what of a plot is drawn only where a pointer is, since a picture stands still: crosshairs, and marks with
 * `Plot.pointer` other than tips, which become tooltips.
 * @returns Plot's functions of that kind, to be used in place of its own; and what draws a plot and then says which of
 * them have drawn nothing
 */
export function followers(module: typeof Plot): {
  readonly functions: Partial<typeof Plot>;
  readonly sayIn: <T>(options: Plot.PlotOptions, draw: () => T) => T;
} {
  const crosshairs = new WeakMap<object, string>();
  let asked = new Set<string>();
  const transforms = TRANSFORMS.map((name) => [
    name,
    (options: object) => {
      const own = module[name](options) as { render?: Render };
      const { render } = own;
      own.render = function (...given) {
        if (!(this instanceof module.Tip)) asked.add(`Plot.${name}`);
        return render?.apply(this, given);
      };
      return own;
    },
  ]);
  const marks = MARKS.map((name) => [
    name,
    (...given: Parameters<typeof Plot.crosshair>) => {
      const mark = module[name](...given);
      crosshairs.set(mark, `Plot.${name}`);
      return mark;
    },
  ]);
  return {
    functions: Object.fromEntries([...transforms, ...marks]) as Partial<typeof Plot>,
    sayIn(options, draw) {
      asked = new Set(namesIn(options.marks, crosshairs));
      const drawn = draw();
      if (asked.size)
        console.warn(
          `${[...asked].join(', ')}: not drawn, since it follows a pointer and a picture in a notebook stands still. ` +
            'Tips (`tip: true`) become tooltips; without the pointer, a mark is drawn for all data.',
        );
      return drawn;
    },
  };
}

/** Gives the names of the marks that are known, however deep the arrays are in which they stand. */
function namesIn(marks: unknown, names: WeakMap<object, string>): string[] {
  if (typeof marks !== 'object' || marks === null) return [];
  const name = names.get(marks);
  if (name) return [name];
  return Array.isArray(marks) ? marks.flatMap((one) => namesIn(one, names)) : [];
}
