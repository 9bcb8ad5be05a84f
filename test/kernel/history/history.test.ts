import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { random } from '../../../src/random.ts';
import { type Step, session } from '../session.ts';
import { type Declared, fits, MODULES, planCell, type PlannedCell, sourceOf } from './cells.ts';
import { NotebookModel, type Outcome, type OwnModule } from './model.ts';

const CELLS = Number(process.env.HISTORY_CELLS ?? 60);
const SEED = Number(process.env.HISTORY_SEED ?? 1);
/** History after history, each in a kernel of its own, until so many minutes are over; one where it is 0. */
const MINUTES = Number(process.env.HISTORY_MINUTES ?? 0);
/** The history that is played first: to play one again that failed. */
const FROM = Number(process.env.HISTORY_FROM ?? 0);

/** A cell of the history, and what it must give. */
interface Expected {
  readonly at: number;
  readonly source: string;
  readonly outcome: Outcome;
  /** Names of the cell that hold old values. */
  readonly old: readonly string[];
}

/** A module's text. */
const textOf = ({ adds, imports, state }: OwnModule): string =>
  [
    ...imports.map((below) => `import { value as of_${below} } from './${below}.ts';`),
    ...(state === 'throws' ? ["if (Date.now()) throw new Error('not today');"] : []),
    state === 'syntax error'
      ? 'export const value: number = ;'
      : `export const ${state === 'no value' ? 'other' : 'value'}: number = ${[adds, ...imports.map((below) => `of_${below}`)].join(' + ')};`,
    '',
  ].join('\n');

function makeHistory(at: number): { steps: Step[]; expected: Expected[] } {
  const draw = random(SEED, at ? `history ${at}` : 'history');
  const whole = (below: number): number => Math.floor(draw() * below);
  const disk = new Map<string, OwnModule>();
  const write = (name: string, state: OwnModule['state']): Record<string, string> => {
    const imports = MODULES.slice(0, MODULES.indexOf(name)).filter(() => draw() < 0.4);
    disk.set(name, { adds: whole(100), imports, state });
    return { [`${name}.ts`]: textOf(disk.get(name)!) };
  };
  const begin = (): [NotebookModel, Declared] => [new NotebookModel(disk), new Map() as Declared];
  const steps: Step[] = [];
  const expected: Expected[] = [];
  let files = Object.assign({}, ...MODULES.map((name) => write(name, 'good'))) as Record<string, string>;
  let [model, declared] = begin();
  let planned: PlannedCell[] = [];
  for (let cells = 0; cells < CELLS;) {
    const action = draw();
    if (action < 0.015) {
      steps.push({ restart: 1 });
      [model, declared] = begin();
      planned = [];
      continue;
    }
    if (action < 0.2) {
      const states = ['good', 'good', 'good', 'no value', 'syntax error', 'throws'] as const;
      files = { ...files, ...write(MODULES[whole(MODULES.length)], states[whole(states.length)]) };
      continue;
    }
    cells++;
    const again = draw() < 0.15 ? planned.filter((one) => fits(one, declared)) : [];
    const cell = again.length ? again[whole(again.length)] : planCell(declared, draw);
    planned.push(cell);
    const source = sourceOf(cell);
    const outcome = model.run(cell);
    if (!('error' in outcome && outcome.uncompiled)) for (const [name, kind] of kindsOf(cell)) declared.set(name, kind);
    const old = model.old.filter((name) => new RegExp(`\\b${name}\\b`).test(source));
    expected.push({ at: steps.length, source, outcome, old });
    const stopped = 'error' in outcome && outcome.stopped;
    steps.push({ run: source, write: files, ...(stopped && { interrupt: ['begun'] }) });
    files = {};
  }
  return { steps, expected };
}

function kindsOf({ statements }: PlannedCell): Declared {
  const kinds: Declared = new Map();
  for (const one of statements) {
    if (one.do === 'declare') kinds.set(one.name, one.how === 'const' ? 'const' : 'let');
    else if (one.do === 'take apart') for (const name of one.names) kinds.set(name, 'const');
    else if (one.do === 'function' || one.do === 'class' || one.do === 'import') kinds.set(one.name, 'const');
  }
  return kinds;
}

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
  const folder = mkdtempSync(path.join(os.tmpdir(), 'history-'));
  const { steps, expected } = makeHistory(at);
  const { results } = await session(steps, { folder }).finally(() => rmSync(folder, { recursive: true }));
  const told = expected.map(
    ({ at: step }, i) => `cell ${i} of seed ${SEED}, from ${at}, after\n${before(steps, step)}`,
  );
  expected.forEach(({ at: step, outcome, old }, i) => {
    const { display, error, text } = results[step];
    if ('shown' in outcome) expect(error?.evalue ?? display[0], told[i]).toBe(outcome.shown);
    else if (typeof outcome.error === 'string') expect(error?.evalue ?? display[0], told[i]).toBe(outcome.error);
    else expect(error?.evalue ?? 'no error', told[i]).toMatch(outcome.error);
    const said = [...text.matchAll(/`(\w+)` is the old one/g)].map(([, name]) => name);
    expect(said.sort(), told[i]).toEqual([...old].sort());
  });
}

/** What was done last, for whoever looks for a difference. */
const before = (steps: readonly Step[], at: number): string =>
  steps
    .slice(Math.max(0, at - Number(process.env.HISTORY_BACK ?? 12)), at + 1)
    .map((step) =>
      'run' in step
        ? [
            ...Object.entries(step.write ?? {}).map(([file, text]) => `// ${file}: ${text.replaceAll('\n', ' ')}`),
            step.run,
          ].join('\n')
        : JSON.stringify(step),
    )
    .join('\n---\n');
