import { expect, it } from 'vitest';
import { node } from '../process.ts';

it('graft page refuses flags that do not go together, before anything is loaded', async () => {
  const refused = async (...args: string[]): Promise<string> => {
    const { status, stderr } = await node(['src/graft.mjs', 'page', ...args]);
    expect(status).toBe(2);
    return stderr;
  };
  expect(await refused('--out', 'page.txt')).toContain('--out: expected a file that ends in .html; got "page.txt"');
  expect(await refused('--pictures', '4')).toContain('--pictures: expected --data, the data that it was trained on');
  expect(await refused('--not-sure', '1')).toContain('--not-sure: expected a number from 0 to below 1; got');
});
