/** The names that a notebook's cells have declared or imported, with their values. */
export type NotebookScope = Record<string, unknown>;

/**
 * Makes the scope of a notebook: a plain object, so that reading and writing it is as fast as anywhere. Only a name
 * without a value is looked up in its prototype, which throws.
 * @param why says why a name has no value, as the end of a sentence, if a cell declares it
 */
export function notebookScope(why: (name: string) => string | undefined): NotebookScope {
  const missing = new Proxy(Object.create(null) as object, {
    get(_, name) {
      if (typeof name === 'symbol') return undefined;
      throw noValue(name, why(name) ?? 'no cell has set it');
    },
    has: () => false,
    // otherwise an assignment would end up in the prototype
    set: (_, name, value, scope) =>
      Reflect.defineProperty(scope as object, name, { value, writable: true, enumerable: true, configurable: true }),
  });
  return Object.create(missing) as NotebookScope;
}

/** A module's export under a name of the notebook. */
export interface Imported {
  readonly specifier: string;
  /** The name in the module; `*` for all exports. */
  readonly exported: string;
  /** Gives the export's present value. */
  readonly read: () => unknown;
}

/** A name that was imported once. It stays an accessor: turning it into a value would make all others slow. */
interface Binding {
  from?: Imported;
  value?: unknown;
}

const bindings = new WeakMap<NotebookScope, Map<string, Binding>>();

/** Binds a name to a module's export, read anew at every use, until the name is assigned or declared anew. */
export function bindImport(scope: NotebookScope, name: string, from: Imported): void {
  if (!bindings.has(scope)) bindings.set(scope, new Map());
  const all = bindings.get(scope)!;
  const known = all.get(name);
  if (known) return void (known.from = from);
  const binding: Binding = { from };
  all.set(name, binding);
  Object.defineProperty(scope, name, {
    get: () => (binding.from ? binding.from.read() : binding.value),
    set(value) {
      binding.from = undefined;
      binding.value = value;
    },
    enumerable: true,
    configurable: true,
  });
}

/** Gives the names that are bound to modules' exports. */
export const importsIn = (scope: NotebookScope): [string, Imported][] =>
  [...(bindings.get(scope) ?? [])].flatMap(([name, { from }]) => (from ? [[name, from] as [string, Imported]] : []));

/** Makes the error that is thrown if a name without a value is read. */
export const noValue = (name: string, why: string): ReferenceError =>
  new ReferenceError(`\`${name}\` has no value: ${why}.`);
