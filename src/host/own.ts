/**
 * Gives a table's entry for a word; undefined if there is none. `table[word]` would also find what every object has:
 * `constructor`, `toString`.
 */
export const ownOf = <T>(table: Readonly<Record<string, T>>, word: string): T | undefined =>
  Object.hasOwn(table, word) ? table[word] : undefined;
