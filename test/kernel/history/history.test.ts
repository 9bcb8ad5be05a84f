import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { random } from '../../../src/random.ts';
import { type Step, session } from '../session.ts';
import { drawHistory, type Move, saidOld } from './history.ts';

const CELLS = Number(process.env.HISTORY_CELLS ?? 60);
const SEED = Number(process.env.HISTORY_SEED ?? 1);
/** History after history, each in a kernel of its own, until so many minutes are over; one where it is 0. */
const MINUTES = Number(process.env.HISTORY_MINUTES ?? 0);
/** The history that is played first: to play one again that failed. */
const FROM = Number(process.env.HISTORY_FROM ?? 0);
/** How many steps before a cell that fails are told. */
const BACK = Number(process.env.HISTORY_BACK ?? 12);

it(
  `gives what a model of the notebook gives, over ${MINUTES ? `${MINUTES} minutes` : `${CELLS} cells`} of seed ${SEED}, own modules edited, broken and mended`,
  { timeout: 300_000 + 10_000 * CELLS + 60_000 * MINUTES },
  async () => {
    const end = Date.now() + 60_000 * MINUTES;
    let at = FROM;
    do await play(at++);
    while (Date.now() < end);
    if (MINUTES) console.log(`seed ${SEED}: ${(at - FROM) * CELLS} cells in ${at - FROM} kernels`);
  },
);

async function play(at: number): Promise<void> {
  const history = drawHistory(random(SEED, at ? `history ${at}` : 'history'));
  const moves: Move[] = [];
  for (let cells = 0; cells < CELLS;) {
    const { value: move } = history.next();
    moves.push(move);
    if (move.do === 'run') cells++;
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'history-'));
  const { results } = await session(moves.map(stepOf), { folder }).finally(() => rmSync(folder, { recursive: true }));
  moves.forEach((move, i) => {
    if (move.do !== 'run') return;
    const { display, error, text } = results[i];
    const told = `step ${i} of seed ${SEED}, from ${at}, after\n${moves
      .slice(Math.max(0, i - BACK), i + 1)
      .map(tell)
      .join('\n---\n')}`;
    const { outcome } = move;
    if ('shown' in outcome) expect(error?.evalue ?? display[0], told).toBe(outcome.shown);
    else if (typeof outcome.error === 'string') expect(error?.evalue ?? display[0], told).toBe(outcome.error);
    else expect(error?.evalue ?? 'no error', told).toMatch(outcome.error);
    expect(saidOld(text), told).toEqual(move.old);
  });
}

function stepOf(move: Move): Step {
  if (move.do === 'restart') return { restart: 1 };
  return { run: move.source, write: { ...move.files }, ...(move.stopped && { interrupt: ['begun'] }) };
}

/** What was done, for whoever looks for a difference. */
const tell = (move: Move): string =>
  move.do === 'restart'
    ? 'restart'
    : [
        ...Object.entries(move.files).map(([file, text]) => `// ${file}: ${text.replaceAll('\n', ' ')}`),
        move.source,
      ].join('\n');
