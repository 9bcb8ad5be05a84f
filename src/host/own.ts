/**
 * What a table says of a word; undefined where it says nothing. `table[word]` would find what every object has:
 * `constructor`, `toString`.
 */
export const ownOf = <T>(table: Readonly<Record<string, T>>, word: string): T | undefined =>
  Object.hasOwn(table, word) ? table[word] : undefined;
