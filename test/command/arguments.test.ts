import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseArguments } from '../../src/command/flags/arguments.mjs';
import type { Flag } from '../../src/command/flags/flag.mjs';
import { COMMANDS, main } from '../../src/command/main.mjs';
import { UsageError } from '../../src/command/line/usage-error.mjs';
import { parseSweepFile } from '../../src/experiments/sweep-file.ts';
import { BACKBONE_NAMES } from '../../src/models/networks/known.mjs';
import { RESIZES } from '../../src/pixels/resize.ts';
import { PREPROCESSING_NAMES } from '../../src/pixels/preprocess.ts';
import { ENGINE_NAMES } from '../../src/runtime/engines/engines.mjs';
import { node } from '../process.ts';
import { edges, wrongValues } from './wrong-values.ts';

const train = (...args: string[]) => parseArguments(COMMANDS.train, args).values as Record<string, unknown>;
const flagsOf = (name: string): [string, Flag<unknown>][] =>
  Object.entries(COMMANDS[name].flags as Record<string, Flag<unknown>>);

afterEach(() => vi.restoreAllMocks());

describe('a command line', () => {
  it('gives values of the types that flags are declared with', () => {
    expect(
      train('--train', '1e3', '--dropout=0.3', '--interpolation', 'area', '--restore-best', '--json', '--cut', 'fc2'),
    ).toEqual({
      train: 1000,
      dropout: 0.3,
      interpolation: 'area',
      'restore-best': true,
      json: true,
      cut: 'fc2',
    });
    expect(parseArguments(COMMANDS.features, ['--plan', '--shards', '2', '--out', 'src']).values).toEqual({
      plan: 'new',
      shards: 2,
      out: 'src',
    });
    expect(train('--save=--json')).toEqual({ save: '--json' });
    expect(train('--seed', '1', '--seed', '2')).toEqual({ seed: 2 });
    expect(parseArguments(COMMANDS.predict, ['a.jpg', '--', '--top']).operands).toEqual(['a.jpg', '--top']);
  });

  it('is refused with the nearest flag there is', () => {
    expect(() => train('--epoch', '3')).toThrow('unknown flag --epoch: did you mean --epochs?');
    expect(() => train('--droput=0.3')).toThrow('unknown flag --droput: did you mean --dropout?');
    expect(() => train('--batchsize', '3')).toThrow('unknown flag --batchsize: did you mean --batch-size?');
    expect(() => train('--learning', '3')).toThrow('unknown flag --learning: did you mean --learning-rate?');
    expect(() => train('--photographs')).toThrow(
      /^unknown flag --photographs: expected one of --data, --train, --validation, .*--json\.$/,
    );
    expect(() => train('-e', '3')).toThrow(/^unknown flag -e: /);
    for (const name of ['--__proto__', '--constructor=1', '--=', '--toString'])
      expect(() => train(name)).toThrow(/^unknown flag --/);
  });

  it('is refused where a flag takes the place of a value', () => {
    expect(() => train('--save', '--json')).toThrow('--save: expected a folder; got the flag --json.');
    expect(() => train('--epochs')).toThrow('--epochs: expected a whole number from 1; got nothing.');
    expect(() => train('--dropout', '-0.5')).toThrow('--dropout: expected a number from 0 to below 1; got -0.5.');
  });

  it('is refused where it holds more or less than the command takes, which it says', () => {
    expect(train('src')).toEqual({ data: 'src' }); // a folder of photos
    expect(train('src/', '--seed', '2')).toEqual({ data: 'src/', seed: 2 });
    expect(() => train('no-photos')).toThrow('--data: expected one of cifar10, cifar10-sample, shapes10, or a folder');
    expect(() => train('src', '--data', 'test')).toThrow(
      'expected flags only; got "src". Images are named with --data.',
    );
    expect(() => train('--restore-best', 'true', 'b')).toThrow(
      'expected flags only; got "true", "b". Images are named with --data.',
    );
    expect(() => parseArguments(COMMANDS.cache, ['data/features'])).toThrow(
      'expected flags only; got "data/features". The folder is named with --cache.',
    );
    expect(() => parseArguments(COMMANDS.features, ['x', 'y'])).toThrow(
      'expected flags only; got "x", "y". Images are named with --data.',
    );
    expect(() => parseArguments(COMMANDS.predict, [])).toThrow('expected one picture or more, or a folder; got none.');
    expect(() => parseArguments(COMMANDS.download, ['cifar10', 'vgg91'])).toThrow(
      'siglip-base or hf:org/name; got "vgg91". Did you mean vgg19?',
    );
  });

  it('is refused where its flags do not go together', () => {
    expect(() => parseArguments(COMMANDS.features, ['--limit', '5', '--size', '5'])).toThrow(
      '--limit, --size: expected one of them; got both.',
    );
    const features =
      (...args: string[]) =>
      () =>
        parseArguments(COMMANDS.features, args);
    const id = '0123456789abcdef01234567';
    expect(features('--shard', '1/8')).toThrow('--shard: expected --plan with it; --plan is missing.');
    expect(features('--plan', '--shards', '8')).toThrow('--plan: expected --out PLACE with it');
    expect(features('--plan', '--out', 'src')).toThrow('--plan: expected --shards N with it; --shards is missing.');
    expect(features('--out', 'src', '--shards', '8', '--merge', '--plan')).toThrow(
      '--merge: expected --plan ID, as --plan --shards N prints it; got --plan without an ID.',
    );
    expect(features('--plan', id, '--out', 'src')).toThrow(
      '--plan: expected --shard I/N or --merge with the ID; got none.',
    );
    expect(features('--plan', id, '--out', 'src', '--shard', '1/2', '--merge')).toThrow('with the ID; got both.');
    expect(features('--plan', id, '--out', 'src', '--merge', '--seed', '2')).toThrow(
      '--seed: expected none with --plan ID, because the plan has decided it; got one.',
    );
    expect(features('--plan', id, '--out', 'src', '--shard', '3/2')).toThrow(
      '--shard: expected I/N, like 1/8 to 8/8; got "3/2".',
    );
    expect(features('--out', 'src')).toThrow('--out: expected a file to write; got "src".');
    expect(() => train('--validation', '0', '--patience', '3')).toThrow(
      '--validation: expected 1 image or more for --patience',
    );
    expect(() => train('--include-backbone')).toThrow(
      '--include-backbone: expected --save with it; --save is missing.',
    );
  });
});

for (const name of Object.keys(COMMANDS)) {
  describe(`graft ${name}`, () => {
    for (const [flag, declared] of flagsOf(name)) {
      it(`--${flag} takes ${declared.expected}, and names itself where it gets something else`, () => {
        for (const wrong of wrongValues(declared)) {
          const parse = () => parseArguments(COMMANDS[name], [`--${flag}=${wrong}`]);
          expect(parse, wrong).toThrow(UsageError);
          expect(parse, wrong).toThrow(`--${flag}: expected ${declared.expected}; got `);
        }
        if (declared.value !== 'N') return;
        const { inside, outside } = edges(declared);
        expect(inside.length).toBeGreaterThan(0);
        for (const value of inside) expect(declared.read(value), value).toBe(Number(value));
        for (const value of outside) expect(declared.read(value), value).toBe(undefined);
      });
    }

    it('ends with exit code 2 and its usage for a wrong value of each flag, before anything is done', async () => {
      // main listens to the streams of its process until that ends
      for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, 'on').mockReturnThis();
      const stdout = vi.spyOn(console, 'log').mockReturnValue();
      const stderr = vi.spyOn(console, 'error').mockReturnValue();
      for (const [flag, declared] of flagsOf(name)) {
        stderr.mockClear();
        expect(await main([name, `--${flag}=${wrongValues(declared)[0]}`]), flag).toBe(2);
        expect(stderr).toHaveBeenCalledTimes(1);
        expectUsage(name, flag, `${String(stderr.mock.calls[0][0])}\n`);
      }
      expect(stdout).not.toHaveBeenCalled();
      vi.restoreAllMocks();
      const [flag, declared] = flagsOf(name)[0];
      const ended = await node(['src/graft.mjs', name, `--${flag}=${wrongValues(declared)[0]}`]);
      expect([ended.status, ended.stdout]).toEqual([2, '']);
      expectUsage(name, flag, ended.stderr);
    });
  });
}

function expectUsage(name: string, flag: string, stderr: string): void {
  const [said, ...usage] = stderr.split('\n');
  expect(said).toContain(
    `graft ${name}: --${flag}: expected ${Object.fromEntries(flagsOf(name))[flag].expected}; got `,
  );
  expect(usage).toEqual([`usage: ${COMMANDS[name].usage}`, '']);
}

it('offers every network, preprocessing and engine that the API has', () => {
  const choices = (flag: string) => [...(COMMANDS.train.flags as Record<string, Flag<unknown>>)[flag].choices!].sort();
  expect(choices('backbone')).toEqual(['auto', ...BACKBONE_NAMES].sort());
  expect(choices('preprocess')).toEqual([...PREPROCESSING_NAMES].sort());
  expect(choices('engine')).toEqual(['auto', ...ENGINE_NAMES].sort());
});

it('offers every way to resize photos that there is in each command that reads photos, in a file of a sweep, and docs say what it does', () => {
  const docs = readFileSync('docs/photos.md', 'utf8');
  const offering = Object.keys(COMMANDS).filter((name) => 'resize' in COMMANDS[name].flags);
  expect(offering).toEqual(expect.arrayContaining(['features', 'train', 'cluster features']));
  for (const resize of RESIZES) {
    for (const name of offering) expect(Object.fromEntries(flagsOf(name)).resize.read(resize), name).toBe(resize);
    const file = { resize, grid: { seed: [1] } };
    expect(parseSweepFile(JSON.stringify(file), 'g.json')).toEqual(file);
    expect(docs).toContain(`\`${resize}\``);
  }
  expect(() => parseSweepFile('{"resize": "cover", "grid": {}}', 'g.json')).toThrow(
    `one of ${RESIZES.join(', ')}; got`,
  );
});
