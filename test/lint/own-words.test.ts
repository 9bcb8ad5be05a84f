import { ESLint } from 'eslint';
import { expect, it } from 'vitest';

const CODE = `const table: Record<string, number> = {};
export const reads = (word: string): number | undefined => table[word];
export const asks = (word: string): boolean => word in table;
export const writes = (word: string): void => void (table[word] = 1);
export const own = (word: string): number => (Object.hasOwn(table, word) ? table[word] : 0);
export const known = (word: 'a' | 'b'): number => table[word];
export const environment = (word: string): string | undefined => process.env[word];
export const list = (numbers: number[], i: number): number => numbers[i];
`;

it('what looks any word up in an object is reported, and what asks for its own words is not', async () => {
  const eslint = new ESLint({ ruleFilter: ({ ruleId }) => ruleId === 'graft/own-words' });
  // the name of a file that the rule is for; what stands in it does not count
  const [{ messages }] = await eslint.lintText(CODE, { filePath: 'src/data/table.ts' });
  expect(messages.map(({ line, ruleId }) => [line, ruleId])).toEqual([2, 3, 4].map((line) => [line, 'graft/own-words']));
});
