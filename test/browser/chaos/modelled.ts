import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Random } from '../../../src/random.ts';
import { drawHistory, saidOld } from '../../kernel/history/history.ts';
import type { SeenCell, Tab } from './tab.ts';

/**
 * A notebook whose cells change variables of other cells and import own modules that are edited, broken and mended;
 * each cell has to give what a model of the notebook gives. Nobody presses Stop by chance here: how far a cell had come
 * then nobody knows.
 *
 * @param folder where the notebook lies
 * @param options.patience how long a cell or a restart may take, ms
 * @returns what does the next move and holds it to the model
 */
export function modelledNotebook(
  tab: Tab,
  draw: Random,
  folder: string,
  { patience }: { readonly patience: number },
): (when: string) => Promise<'restart' | 'run'> {
  const history = drawHistory(draw);
  let before = '';
  return async (when) => {
    const { value: move } = history.next();
    const until = async (message: string, done: () => Promise<boolean>): Promise<void> => {
      await expect
        .poll(async () => (await tab.agree(), done()), { timeout: patience, message: `${when}: ${message}` })
        .toBe(true);
    };
    await until('the kernel is idle', async () => (await tab.status()) === 'idle');
    if (move.do === 'restart') {
      await tab.restart();
      await until('the kernel is idle after its restart', async () => (await tab.status()) === 'idle');
      return move.do;
    }
    for (const [file, text] of Object.entries(move.files)) writeFileSync(`${folder}/${file}`, text);
    const at = Math.floor(draw() * (await tab.cells()).length);
    await tab.select(at);
    await tab.edit(move.source);
    await tab.command('notebook:run-cell');
    const seen = async (): Promise<SeenCell> => (await tab.cells())[at];
    const told = `${when}, cell [${move.number}] ${JSON.stringify(move.source)}`;
    if (move.stopped) {
      await until(`${told} has begun`, async () => (await seen()).written.includes('begun'));
      await tab.command('notebook:interrupt-kernel');
    }
    await until(`${told} has ended`, async () => {
      const { count, running } = await seen();
      return count === move.number && !running && (await tab.status()) === 'idle';
    });
    const { written, shown, error } = await seen();
    const { outcome } = move;
    const given = error ?? shown ?? 'nothing';
    const after = `${told} with ${JSON.stringify(move.files)}, after ${before}`;
    if ('shown' in outcome) expect(given, after).toBe(outcome.shown);
    else if (typeof outcome.error === 'string') expect(given, after).toBe(outcome.error);
    else expect(error ?? 'no error', after).toMatch(outcome.error);
    expect(saidOld(written), after).toEqual(move.old);
    before = told;
    return move.do;
  };
}
