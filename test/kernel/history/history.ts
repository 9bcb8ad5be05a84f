import type { Random } from '../../../src/random.ts';
import { type Declared, fits, MODULES, planCell, type PlannedCell, sourceOf } from './cells.ts';
import { NotebookModel, type Outcome, type OwnModule } from './model.ts';

/** What is done next: the kernel is started anew, or a cell is run, and what it must give. */
export type Move =
  | { readonly do: 'restart' }
  | {
      readonly do: 'run';
      readonly source: string;
      /** Own modules that are saved before, by file name. */
      readonly files: Readonly<Record<string, string>>;
      readonly outcome: Outcome;
      /** It ends only by Stop, and says `begun` when it waits for that. */
      readonly stopped: boolean;
      /** The cell's number, as its prompt has it. */
      readonly number: number;
      /** Names of the cell that hold old values. */
      readonly old: readonly string[];
    };

/** Draws a notebook's history without an end: cells, own modules edited, broken and mended, restarts. */
export function* drawHistory(draw: Random): Generator<Move, never> {
  const whole = (below: number): number => Math.floor(draw() * below);
  const disk = new Map<string, OwnModule>();
  const write = (name: string, state: OwnModule['state']): Record<string, string> => {
    const imports = MODULES.slice(0, MODULES.indexOf(name)).filter(() => draw() < 0.4);
    disk.set(name, { adds: whole(100), imports, state });
    return { [`${name}.ts`]: textOf(disk.get(name)!) };
  };
  let files = Object.assign({}, ...MODULES.map((name) => write(name, 'good'))) as Record<string, string>;
  const begin = (): [NotebookModel, Declared, PlannedCell[]] => [
    new NotebookModel(disk),
    new Map<string, 'let' | 'const'>(),
    [],
  ];
  let [model, declared, planned] = begin();
  for (let number = 1; ;) {
    const action = draw();
    if (action < 0.015) {
      yield { do: 'restart' };
      [model, declared, planned] = begin();
      number = 1;
      continue;
    }
    if (action < 0.2) {
      const states = ['good', 'good', 'good', 'no value', 'syntax error', 'throws'] as const;
      files = { ...files, ...write(MODULES[whole(MODULES.length)], states[whole(states.length)]) };
      continue;
    }
    const again = draw() < 0.15 ? planned.filter((one) => fits(one, declared)) : [];
    const cell = again.length ? again[whole(again.length)] : planCell(declared, draw);
    planned.push(cell);
    const source = sourceOf(cell);
    const outcome = model.run(cell);
    if (!('error' in outcome && outcome.uncompiled)) for (const [name, kind] of kindsOf(cell)) declared.set(name, kind);
    const old = model.old.filter((name) => new RegExp(`\\b${name}\\b`).test(source)).sort();
    yield {
      do: 'run',
      source,
      files,
      outcome,
      stopped: 'error' in outcome && !!outcome.stopped,
      number: number++,
      old,
    };
    files = {};
  }
}

/** The names that a cell's output calls old ones. */
export const saidOld = (text: string): string[] =>
  [...text.matchAll(/`(\w+)` is the old one/g)].map(([, name]) => name).sort();

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

function kindsOf({ statements }: PlannedCell): Declared {
  const kinds: Declared = new Map();
  for (const one of statements) {
    if (one.do === 'declare') kinds.set(one.name, one.how === 'const' ? 'const' : 'let');
    else if (one.do === 'take apart') for (const name of one.names) kinds.set(name, 'const');
    else if (one.do === 'function' || one.do === 'class' || one.do === 'import') kinds.set(one.name, 'const');
  }
  return kinds;
}
