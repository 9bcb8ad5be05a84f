import { describe, expect, it } from 'vitest';
import { parseHelp } from '../../src/notebook/kernel/assist/help.ts';
import { session } from './session.ts';

describe('help', () => {
  it('is asked for by a cell that is a name and question marks, or calls help', () => {
    const asked = (cell: string, own = ''): unknown => parseHelp(cell, (name) => name === own);
    expect(asked('fit?')).toEqual({ name: 'fit', source: false });
    expect(asked('\n tf.layers.dense??\n')).toEqual({ name: 'tf.layers.dense', source: true });
    expect(asked('?fit')).toEqual({ name: 'fit', source: false });
    expect(asked('?? tf.tidy')).toEqual({ name: 'tf.tidy', source: true });
    expect(asked('help(tf.tidy);')).toEqual({ name: 'tf.tidy', source: false });
    expect(asked('help(fit)', 'help')).toBeUndefined(); // a function of the user's
    for (const cell of ['a?.b', 'a ? b : c', 'ready?\n1 : 2', 'f()?', 'fit', 'help(f())', 'help()', '?fit?'])
      expect(asked(cell), cell).toBeUndefined();
  });

  it('shows type and documentation, or the source: of a module, of a cell, of a declaration', async () => {
    const { results } = await session([
      { run: "import { subset } from './src/data/subset';\n/** Twice. */\nconst twice = (x: number) => 2 * x;" },
      { run: 'subset?' },
      { run: 'subset??' },
      { run: 'twice?' },
      { run: 'twice??' },
      { run: 'Math.max??' },
      { run: 'nothing?' },
      { run: 'twice(2)' },
      { run: '?twice' },
      { run: 'help(twice)' },
      { run: 'const help = (of: unknown) => typeof of;' },
      { run: 'help(twice)' },
    ]);
    expect(results[1].display[0]).toMatch(
      /^function subset\(dataset: Dataset.*\n\nGives a seeded, stratified part of a data set\./s,
    );
    expect(results[2].display[0]).toMatch(
      /^src\/data\/subset\.ts:\d+\n\n\/\*\*.*export function subset\(.*stratifiedOrder\(/s,
    );
    expect(results[3].display[0]).toBe('const twice: (x: number) => number\n\nTwice.');
    expect(results[4].display[0]).toBe('declared in a cell\n\n/** Twice. */\nconst twice = (x: number) => 2 * x;');
    expect(results[5].display[0]).toMatch(/lib\.es5\.d\.ts:\d+\n\n.*max\(\.\.\.values: number\[\]\): number;$/s);
    expect(results[6].error).toMatchObject({ evalue: 'nothing: nothing is known of it here.' });
    expect(results[7].display).toEqual(['4']);
    for (const n of [8, 9]) expect(results[n].display).toEqual(results[3].display);
    expect(results[11].display).toEqual(['function']);
  });

  it('names the import that a cell lacks', async () => {
    const { results } = await session([{ run: 'const { a } = Plot.plot({});' }, { run: "readFileSync('x');" }]);
    expect(results[0].error!.traceback.at(-1)).toBe("import * as Plot from '@observablehq/plot';");
    expect(results[1].error!.traceback.join('\n')).toMatch(/import \{ readFileSync \} from '(node:)?fs';/);
  });
});
