import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../project.ts';
import type { Around } from './around.ts';
import { median } from '../median.ts';

const ROUNDS = 3;
const NOTEBOOK = '01-transfer-learning';

/**
 * Measures how long one waits once the features are there: for `graft train` as a whole process, and for notebook 01
 * from the start of its first cell to the end of the one that draws the first curve. In turns, the median of three.
 * @param before folder of a clone of an earlier commit, set up, that is measured beside this one
 */
export function* measureWhole(quick: boolean, before: string | undefined): Generator<Around> {
  const clones = { ...(before !== undefined && { before: path.resolve(before) }), Graft: ROOT };
  const [size, epochs] = quick ? [250, 2] : [2500, 20];
  const data = process.env.CIFAR10_DIR ? 'cifar10' : 'cifar10-sample';
  const network = process.env.VGG16_WEIGHTS ? ['vgg16', '--cut', 'block5_pool'] : ['vgg19-mini', '--cut', 'fc2'];
  const args = ['train', '--data', data, '--backbone', ...network, '--train', `${size}`, '--epochs', `${epochs}`];
  yield {
    what: `graft train again, ${data}, ${network.join(' ')}, ${size} images, ${epochs} epochs`,
    seconds: inTurns(clones, (clone) => seconds(() => run(clone, ['src/graft.mjs', ...args]))),
  };
  yield {
    what: `first cell to first curve in notebook 01, ${network[0]}`,
    seconds: inTurns(clones, (clone) => {
      run(clone, ['src/notebook/jupyter/run.mjs', `notebooks/${NOTEBOOK}.ipynb`]);
      return untilCurve(readFileSync(path.join(clone, 'results', `${NOTEBOOK}.ipynb`), 'utf8'));
    }),
  };
}

/** Gives the median of each clone's rounds, after one round that leaves the features there. */
function inTurns(clones: Record<string, string>, round: (clone: string) => number): Record<string, number> {
  const all = Array.from({ length: 1 + ROUNDS }, () => Object.values(clones).map(round)).slice(1);
  return Object.fromEntries(Object.keys(clones).map((who, i) => [who, median(all.map((each) => each[i]))]));
}

const run = (clone: string, args: readonly string[]): unknown =>
  execFileSync(process.execPath, args, { cwd: clone, stdio: ['ignore', 'ignore', 'pipe'] });

function seconds(work: () => unknown): number {
  const began = performance.now();
  work();
  return (performance.now() - began) / 1000;
}

interface Cell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  /** When the kernel said what, as nbclient writes it down. */
  readonly metadata: { readonly execution?: Readonly<Record<string, string>> };
}

/**
 * Gives the seconds from the start of the first cell to the end of the one that calls `liveCurve`.
 * @param notebook one that was run, as JSON
 */
export function untilCurve(notebook: string): number {
  const cells = (JSON.parse(notebook) as { cells: Cell[] }).cells.filter(({ cell_type }) => cell_type === 'code');
  const curve = cells.find(({ source }) => [source].flat().join('').includes('liveCurve('));
  const [from, to] = [cells[0].metadata.execution, curve?.metadata.execution];
  if (!from || !to) throw new Error('Expected a notebook that ran up to a cell with "liveCurve("; this one did not.');
  return (Date.parse(to['shell.execute_reply']) - Date.parse(from['iopub.status.busy'])) / 1000;
}
