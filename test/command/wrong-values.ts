import path from 'node:path';
import type { Flag } from '../../src/command/flags/flag.mjs';

/**
 * Values that a flag has to refuse, made from its declaration: another word than its choices, no number and one out of
 * range, a file where a folder belongs, nothing at all.
 */
export function wrongValues({ value, expected, choices }: Flag<unknown>): string[] {
  if (!value) return ['yes', ''];
  if (choices) return ['no-such-thing', '', swapCase(choices[0])];
  if (value === 'N')
    return ['many', '', '-1', 'NaN', 'Infinity', '1e999', '0x10', '1,5', ...(/whole/.test(expected) ? ['1.5'] : [])];
  if (expected === 'a folder') return ['', 'package.json'];
  if (expected === 'a file to write') return ['', 'src'];
  if (expected === 'a file that is there') return ['', 'src', path.join('src', 'nowhere')];
  return [''];
}

/** Values just inside and just outside of a range, as its words say it. */
export function edges({ expected }: Flag<unknown>): { readonly inside: string[]; readonly outside: string[] } {
  const [, from] = /from (\d+)/.exec(expected) ?? [];
  const [, above] = /above (\d+)/.exec(expected) ?? [];
  const [, below] = /below (\d+)/.exec(expected) ?? [];
  const [, to] = / to (\d+)$/.exec(expected) ?? [];
  const less = (text: string): string => String(Number(text) - 0.001);
  return {
    inside: [
      ...(from ? [from] : []),
      ...(above ? [String(Number(above) + 0.001)] : []),
      ...(below ? [less(below)] : []),
      ...(to ? [to] : []),
    ],
    outside: [
      ...(from ? [less(from), String(Number(from) - 1)] : []),
      ...(above ? [above] : []),
      ...(below ? [below] : []),
      ...(to ? [String(Number(to) + 0.001)] : []),
    ],
  };
}

const swapCase = (word: string): string => (word === word.toUpperCase() ? word.toLowerCase() : word.toUpperCase());
