import fc from 'fast-check';
import { it } from 'vitest';
import { parseArguments } from '../../src/command/flags/arguments.mjs';
import type { Flag } from '../../src/command/flags/flag.mjs';
import { COMMANDS } from '../../src/command/main.mjs';
import { clear, fuzz } from './fuzz.ts';

it('command lines give values as flags are declared, or say what was expected', async () => {
  const flagsOf = (name: string): Record<string, Flag<unknown>> =>
    COMMANDS[name].flags as Record<string, Flag<unknown>>;
  const names = Object.keys(COMMANDS).flatMap((name) => Object.keys(flagsOf(name)));
  const word = fc.oneof(
    fc.constantFrom(...names).map((name) => `--${name}`),
    fc.string({ unit: 'binary' }),
    fc.double().map(String),
    fc.constantFrom('', '-', '--', '--=', '--train=', '--train=1e3', '--no-top', '--json'),
  );
  const line = fc.tuple(fc.constantFrom(...Object.keys(COMMANDS)), fc.array(word, { maxLength: 6 }));
  await fuzz('command-lines', line, ([name, args]) => {
    try {
      const { values } = parseArguments(COMMANDS[name], args);
      for (const [flag, value] of Object.entries(values)) {
        const { value: takes, choices } = flagsOf(name)[flag];
        const type = takes === 'N' ? 'number' : takes ? 'string' : 'boolean';
        const right = typeof value === type && (type !== 'number' || Number.isFinite(value));
        if (!right || (choices && !choices.includes(value as string))) throw new TypeError(flag);
      }
    } catch (error) {
      clear(error, /expected|did you mean/);
    }
  });
});
