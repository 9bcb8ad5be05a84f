import { type Expression, LIMIT, type PlannedCell, type Statement } from './cells.ts';

/** An own module as it stands on disk: what it exports is that, and what the modules that it imports export. */
export interface OwnModule {
  readonly adds: number;
  readonly imports: readonly string[];
  readonly state: 'good' | 'no value' | 'syntax error' | 'throws';
}

/** What a cell gives: the text that it shows, or an error's message, as far as it is known. */
export type Outcome =
  | { readonly shown: string }
  | { readonly error: string | RegExp; readonly stopped?: boolean; readonly uncompiled?: boolean };

class Failed extends Error {}

/** A notebook's names and modules as they are to be, by what its cells did: an interpreter of them. */
export class NotebookModel {
  private number = 0;
  private readonly values = new Map<string, number | Statement>();
  private readonly setBy = new Map<string, number>();
  private readonly ends = new Map<number, string>();
  private readonly lost = new Map<string, string>(); // imported names whose module does not export them any more
  private readonly imported = new Map<string, string>(); // name → module
  private readonly loaded = new Map<string, number | undefined>(); // module → its value
  private readonly stamps = new Map<string, OwnModule>();
  private readonly failed = new Set<string>();

  /** @param disk the modules by name, as they are now */
  constructor(private readonly disk: ReadonlyMap<string, OwnModule>) {}

  /** The imported names that were old ones when the last cell began, since their modules could not be loaded again. */
  old: readonly string[] = [];

  /** Runs a cell. */
  run(cell: PlannedCell): Outcome {
    this.number++;
    this.refresh();
    this.old = [...this.imported].flatMap(([name, module]) => (this.failed.has(module) ? [name] : []));
    if (cell.wrong || !this.compiles(cell)) return { error: /./, uncompiled: true };
    const own = cell.statements.flatMap(namesOf);
    for (const name of own) this.setBy.set(name, this.number);
    try {
      for (const one of cell.statements) if (one.do === 'import') this.import(one);
      for (const one of cell.statements) if (one.do === 'function' && !one.arrow) this.set(one.name, one);
      for (const one of cell.statements) this.step(one);
      return { shown: cell.shows.map((one) => this.value(one)).join() };
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      const stopped = error.message === 'the cell was interrupted';
      this.ends.set(this.number, `${stopped ? 'was stopped' : 'failed'} before it was set`);
      return { error: error.message, stopped };
    }
  }

  private compiles({ statements }: PlannedCell): boolean {
    const all = new Set(statements.flatMap((one) => (one.do === 'import' ? [one.module] : [])));
    for (const name of all) for (const below of this.disk.get(name)!.imports) all.add(below); // grows meanwhile
    return [...all].every((name) => {
      const { state, imports } = this.disk.get(name)!;
      const named = statements.some((one) => one.do === 'import' && one.module === name);
      return (
        state !== 'syntax error' &&
        !(named && state === 'no value') &&
        imports.every((below) => this.disk.get(below)!.state !== 'no value')
      );
    });
  }

  private refresh(): void {
    const edited = [...this.stamps].filter(([name, at]) => this.disk.get(name) !== at).map(([name]) => name);
    if (!edited.length) return;
    const dropped = new Set(edited);
    for (const name of ['m0', 'm1', 'm2'])
      if (this.stamps.get(name)?.imports.some((below) => dropped.has(below))) dropped.add(name);
    for (const name of dropped) {
      this.loaded.delete(name);
      if (this.stamps.has(name)) this.stamps.set(name, this.disk.get(name)!);
    }
    this.failed.clear();
    for (const [name, module] of this.imported) {
      if (this.failed.has(module)) continue;
      try {
        const value = this.load(module);
        if (value !== undefined) {
          this.values.set(name, value);
          this.lost.delete(name);
        } else {
          this.values.delete(name);
          this.lost.set(name, `./${module} does not export value any more`);
        }
      } catch {
        this.failed.add(module);
      }
    }
  }

  private load(name: string): number | undefined {
    if (this.loaded.has(name)) return this.loaded.get(name);
    const now = this.disk.get(name)!;
    this.stamps.set(name, now);
    if (now.state === 'syntax error') throw new Failed('syntax error');
    const below = now.imports.map((one) => this.load(one));
    if (now.state === 'throws') throw new Failed('not today');
    const value =
      now.state === 'no value' ? undefined : below.reduce<number>((sum, one) => sum + (one ?? NaN), now.adds);
    this.loaded.set(name, value);
    return value;
  }

  private import({ module, name }: Statement & { do: 'import' }): void {
    const value = this.load(module);
    this.set(name, value!);
    this.imported.set(name, module);
  }

  private set(name: string, value: number | Statement): void {
    this.values.set(name, value);
    this.lost.delete(name);
    this.imported.delete(name);
  }

  private step(one: Statement): void {
    switch (one.do) {
      case 'declare':
        return this.set(one.name, this.value(one.to));
      case 'take apart':
        return one.from.map((from) => this.value(from)).forEach((value, i) => this.set(one.names[i], value));
      case 'assign': {
        const before = one.add ? this.read(one.name) : 0;
        const sum = before + this.value(one.to);
        return this.set(one.name, one.add ? sum % LIMIT : sum);
      }
      case 'swap': {
        const values = [...one.names].reverse().map((name) => this.read(name));
        return one.names.forEach((name, i) => this.set(name, values[i]));
      }
      case 'function':
        return one.arrow ? this.set(one.name, one) : undefined;
      case 'class':
        return this.set(one.name, one);
      case 'import':
        return;
      case 'fail':
        throw new Failed('planned');
      case 'wait':
        throw new Failed('the cell was interrupted');
    }
  }

  private get(name: string): number | Statement {
    const value = this.values.get(name);
    if (value !== undefined) return value;
    const cell = this.setBy.get(name)!;
    const why = this.lost.get(name) ?? `cell [${cell}] ${this.ends.get(cell) ?? 'has not reached it yet'}`;
    throw new Failed(`\`${name}\` has no value: ${why}.`);
  }

  private read(name: string): number {
    return this.get(name) as number;
  }

  private value(one: Expression): number {
    if (typeof one === 'number') return one;
    if ('name' in one) return this.read(one.name);
    if ('left' in one) return (this.value(one.left) + this.value(one.right)) % LIMIT;
    const called = this.get(one.call) as Statement & { do: 'function' | 'class' };
    if (called.do === 'function' && called.adds) this.set(called.adds, this.read(called.adds) + 1);
    return this.value(called.gives);
  }
}

const namesOf = (one: Statement): readonly string[] => {
  if (one.do === 'take apart') return one.names;
  return one.do === 'declare' || one.do === 'function' || one.do === 'class' || one.do === 'import' ? [one.name] : [];
};
