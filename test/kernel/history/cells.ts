import type { Random } from '../../../src/random.ts';

/** A number that a cell computes. */
export type Expression =
  | number
  | { readonly name: string }
  | { readonly call: string }
  | { readonly left: Expression; readonly right: Expression };

/** What a cell does, one after the other. */
export type Statement =
  | { readonly do: 'declare'; readonly how: 'let' | 'const' | 'var'; readonly name: string; readonly to: Expression }
  | { readonly do: 'take apart'; readonly names: readonly string[]; readonly from: readonly Expression[] }
  | { readonly do: 'assign'; readonly name: string; readonly add: boolean; readonly to: Expression }
  | { readonly do: 'swap'; readonly names: readonly [string, string] }
  | {
      readonly do: 'function';
      readonly name: string;
      readonly arrow: boolean;
      readonly adds?: string;
      readonly gives: Expression;
    }
  | { readonly do: 'class'; readonly name: string; readonly gives: Expression }
  | { readonly do: 'import'; readonly module: string; readonly name: string }
  | { readonly do: 'fail' }
  | { readonly do: 'wait' };

/** A cell, and what its last line shows. */
export interface PlannedCell {
  readonly statements: readonly Statement[];
  readonly shows: readonly Expression[];
  /** It does not pass the compiler. */
  readonly wrong: boolean;
}

/** How a name was declared by the last cell that passed the compiler. */
export type Declared = Map<string, 'let' | 'const'>;

const NUMBERS = ['a', 'b', 'c', 'd', 'e'];
/** A function calls only those before it, a class only functions: nothing recurs. */
const CALLS = ['f0', 'f1', 'f2', 'K0', 'K1'];
export const MODULES = ['m0', 'm1', 'm2'];
export const LIMIT = 997;

/** Plans a cell that passes TypeScript, or does not on purpose, by what cells before it have declared. */
export function planCell(declared: Declared, draw: Random): PlannedCell {
  const whole = (below: number): number => Math.floor(draw() * below);
  const pick = <T>(all: readonly T[]): T => all[whole(all.length)];
  const own = new Set([...NUMBERS, ...CALLS].filter(() => draw() < 0.25)); // what it declares
  const known = new Set([...declared.keys()].filter((name) => !own.has(name)));
  const kinds = new Map([...declared].filter(([name]) => !own.has(name)));
  const expression = (calls: readonly string[], deep = 2): Expression => {
    const kind = draw();
    const names = [...known].filter((name) => NUMBERS.includes(name));
    const callable = [...known].filter((name) => calls.includes(name));
    if (deep && kind < 0.4) return { left: expression(calls, deep - 1), right: expression(calls, deep - 1) };
    if (names.length && kind < 0.7) return { name: pick(names) };
    if (callable.length && kind < 0.9) return { call: pick(callable) };
    return whole(LIMIT);
  };
  const changeable = (): string[] => [...kinds].flatMap(([name, kind]) => (kind === 'let' ? [name] : []));

  const statements: Statement[] = [];
  const change = (): void => {
    const names = changeable();
    if (!names.length) return;
    const [first, second] = [pick(names), pick(names)];
    if (first !== second && draw() < 0.2) statements.push({ do: 'swap', names: [first, second] });
    else statements.push({ do: 'assign', name: first, add: draw() < 0.5, to: expression(CALLS) });
  };
  const declare = (name: string, kind: 'let' | 'const'): void => {
    known.add(name);
    kinds.set(name, kind);
  };
  const queue = [...own].sort(() => draw() - 0.5);
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (draw() < 0.4) change();
    const at = CALLS.indexOf(name);
    if (at >= 0) {
      const gives = expression(name.startsWith('K') ? CALLS.slice(0, 3) : CALLS.slice(0, at));
      const adds = draw() < 0.5 ? pick([undefined, ...changeable()]) : undefined;
      if (name.startsWith('K')) statements.push({ do: 'class', name, gives });
      else statements.push({ do: 'function', name, arrow: draw() < 0.5, adds, gives });
      declare(name, 'const');
    } else if (draw() < 0.25) {
      statements.push({ do: 'import', module: pick(MODULES), name });
      declare(name, 'const');
    } else if (NUMBERS.includes(queue[0]) && draw() < 0.3) {
      const names = [name, queue.shift()!];
      statements.push({ do: 'take apart', names, from: names.map(() => expression(CALLS)) });
      for (const one of names) declare(one, 'const');
    } else {
      const how = pick(['let', 'let', 'const', 'var'] as const);
      statements.push({ do: 'declare', how, name, to: expression(CALLS) });
      declare(name, how === 'const' ? 'const' : 'let');
    }
  }
  if (draw() < 0.5) change();
  const end = draw();
  if (end < 0.2) statements.splice(whole(statements.length + 1), 0, { do: end < 0.12 ? 'fail' : 'wait' });
  return {
    statements,
    shows: Array.from({ length: 1 + whole(3) }, () => expression(CALLS, 1)),
    wrong: draw() < 0.08,
  };
}

/** Tells whether a cell of before passes TypeScript again, now that other cells have declared what they have. */
export function fits({ statements, shows }: PlannedCell, declared: Declared): boolean {
  const own = new Set<string>();
  const reads = (one: Expression): boolean => {
    if (typeof one === 'number') return true;
    if ('left' in one) return reads(one.left) && reads(one.right);
    const name = 'name' in one ? one.name : one.call;
    return own.has(name) || declared.has(name);
  };
  const changes = (name: string): boolean => own.has(name) || declared.get(name) === 'let';
  return (
    statements.every((one) => {
      switch (one.do) {
        case 'declare':
          return reads(one.to) && own.add(one.name);
        case 'take apart':
          return one.from.every(reads) && one.names.every((name) => own.add(name));
        case 'assign':
          return changes(one.name) && reads(one.to);
        case 'swap':
          return one.names.every(changes);
        case 'function':
          return (!one.adds || changes(one.adds)) && reads(one.gives) && own.add(one.name);
        case 'class':
          return reads(one.gives) && own.add(one.name);
        case 'import':
          return own.add(one.name);
        default:
          return true;
      }
    }) && shows.every(reads)
  );
}

/** A cell as a person writes it. */
export function sourceOf({ statements, shows, wrong }: PlannedCell): string {
  const lines = statements.map(lineOf);
  if (wrong) lines.push("const wrong: number = 'text';");
  return [...lines, `[${shows.map(textOf).join(', ')}].join()`].join('\n');
}

function lineOf(one: Statement): string {
  switch (one.do) {
    case 'declare':
      return `${one.how} ${one.name}: number = ${textOf(one.to)};`;
    case 'take apart':
      return `const [${one.names.join(', ')}]: number[] = [${one.from.map(textOf).join(', ')}];`;
    case 'assign':
      return one.add
        ? `${one.name} += ${textOf(one.to)};\n${one.name} %= ${LIMIT};`
        : `${one.name} = ${textOf(one.to)};`;
    case 'swap':
      return `[${one.names.join(', ')}] = [${[...one.names].reverse().join(', ')}];`;
    case 'function': {
      const body = `{ ${one.adds ? `${one.adds}++; ` : ''}return ${textOf(one.gives)}; }`;
      return one.arrow ? `const ${one.name} = (): number => ${body};` : `function ${one.name}(): number ${body}`;
    }
    case 'class':
      return `class ${one.name} { get(): number { return ${textOf(one.gives)}; } }`;
    case 'import':
      return `import { value as ${one.name} } from './${one.module}';`;
    case 'fail':
      return "if (Date.now()) throw new Error('planned');";
    case 'wait':
      return "console.log('begun');\nwhile (Date.now()) await new Promise((done) => setTimeout(done, 5));";
  }
}

function textOf(one: Expression): string {
  if (typeof one === 'number') return String(one);
  if ('name' in one) return one.name;
  if ('call' in one) return one.call.startsWith('K') ? `new ${one.call}().get()` : `${one.call}()`;
  return `(${textOf(one.left)} + ${textOf(one.right)}) % ${LIMIT}`;
}
