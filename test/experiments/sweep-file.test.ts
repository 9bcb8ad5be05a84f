import { describe, expect, it } from 'vitest';
import { parseSweepFile } from '../../src/experiments/sweep-file.ts';
import { SETTING_OPTIONS } from '../../src/experiments/setting.ts';

const parse = (content: unknown) =>
  parseSweepFile(typeof content === 'string' ? content : JSON.stringify(content), 'g.json');

describe('a sweep that is written down as JSON', () => {
  it('is read as it stands, its options in their order', () => {
    const file = {
      data: 'cifar10',
      backbone: 'vgg16',
      train: 2500,
      grid: { dropout: [0, 0.5], hidden: [[], [64, 32]], optimizer: ['adam'], seed: [1, 2] },
    } as const;
    expect(parse(file)).toEqual(file);
    expect(Object.keys(parse(file).grid)).toEqual(['dropout', 'hidden', 'optimizer', 'seed']);
  });

  it('may hold every option that sweep() knows', () => {
    for (const option of SETTING_OPTIONS)
      expect(() => parse({ grid: { [option]: [{}] } })).toThrow(
        new RegExp(`^g\\.json: grid\\.${option}: expected .*; got \\{\\}\\.$`),
      );
  });

  it('is refused with the option, what was expected and what came', () => {
    expect(() => parse('{"grid": ')).toThrow(/^g\.json: expected JSON, like \{.*\}; /);
    expect(() => parse([])).toThrow(/^g\.json: expected an object, like .*; got \[\]\.$/);
    expect(() => parse({})).toThrow(/^g\.json: grid: expected an object of lists, .*; got none\.$/);
    expect(() => parse({ grid: { dropuot: [0] } })).toThrow(
      /^g\.json: grid: expected options head, dropout, hidden, .*; got "dropuot"\.$/,
    );
    expect(() => parse({ backbon: 'vgg16', grid: { seed: [1] } })).toThrow(
      /expected options data, .*, grid; got "backbon"/,
    );
    expect(() => parse({ train: 0, grid: {} })).toThrow('g.json: train: expected a whole number from 1; got 0.');
    expect(() => parse({ precision: 'int4', grid: {} })).toThrow(
      'precision: expected one of auto, float32, bfloat16, int8; got "int4".',
    );
    expect(() => parse({ grid: { dropout: 0.5 } })).toThrow(
      'g.json: grid.dropout: expected a list, of each value a number from 0 to below 1; got 0.5.',
    );
    expect(() => parse({ grid: { dropout: [] } })).toThrow('grid.dropout: expected a list');
    expect(() => parse({ grid: { dropout: [0, 1] } })).toThrow(
      'expected a number from 0 to below 1 in its list; got 1.',
    );
    expect(() => parse({ grid: { hidden: [64] } })).toThrow(
      'expected a list of whole numbers from 1, like [256] in its list; got 64.',
    );
    expect(() => parse({ grid: { seed: [1, 2, 1] } })).toThrow('grid.seed: expected each value once; got 1.');
    expect(() => parse('{"grid": {"__proto__": [1]}}')).toThrow('got "__proto__"');
  });
});
