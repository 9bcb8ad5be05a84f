import type { OPTIONS, OptionName } from './options.mjs';

/** An option's value, as its row defines it: a choice, a number, a text, yes or no, a list. */
export type OptionValue<K extends OptionName> = ValueOf<(typeof OPTIONS)[K]>;

type ValueOf<R> = R extends { readonly type: 'choice'; readonly choices: readonly (infer C)[] }
  ? C
  : R extends { readonly type: 'whole' | 'number' }
    ? number
    : R extends { readonly type: 'wholes' }
      ? readonly number[]
      : R extends { readonly type: 'weights'; readonly choices: readonly (infer C)[] }
        ? C | readonly number[]
        : R extends { readonly type: 'switch' }
          ? boolean
          : string;

/** `inputSize` → `input-size`. */
export type FlagName<S extends string> = S extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `-${Lowercase<First>}`}${FlagName<Rest>}`
  : S;

/** `input-size` → `inputSize`. */
export type NameOfFlag<S extends string> = S extends `${infer Head}-${infer Rest}`
  ? `${Head}${Capitalize<NameOfFlag<Rest>>}`
  : S;
