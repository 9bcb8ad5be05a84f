/** The names that a notebook's cells have declared or imported, with their values. */
export type NotebookScope = Record<string, unknown>;

/**
 * Makes the scope of a notebook: a plain object, so that reading and writing cost what they cost anywhere. Only a name
 * that has no value is looked for in its prototype, which throws.
 * @param why says why a name has no value, as the end of a sentence, if a cell declares it
 */
export function notebookScope(why: (name: string) => string | undefined): NotebookScope {
  const missing = new Proxy(Object.create(null) as object, {
    get(_, name) {
      if (typeof name === 'symbol') return undefined;
      throw new ReferenceError(`\`${name}\` has no value: ${why(name) ?? 'no cell has set it'}.`);
    },
    has: () => false,
    // else an assignment would end in the prototype
    set: (_, name, value, scope) =>
      Reflect.defineProperty(scope as object, name, { value, writable: true, enumerable: true, configurable: true }),
  });
  return Object.create(missing) as NotebookScope;
}

/** Takes a name's value away: reading it is an error from now on, until it is set again. */
export function withoutValue(scope: NotebookScope, name: string, why: string): void {
  Object.defineProperty(scope, name, {
    get() {
      throw new ReferenceError(`\`${name}\` has no value: ${why}.`);
    },
    set: (value) => Object.defineProperty(scope, name, { value, writable: true, enumerable: true, configurable: true }),
    enumerable: true,
    configurable: true,
  });
}
