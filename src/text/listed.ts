/**
 * Lists names as errors do: all of them, or if there are more than `most`, the first `shown` and how many there are.
 * @param most @default 12
 * @param shown @default as many as `most`
 */
export const listed = (names: readonly string[], most = 12, shown = most): string =>
  names.length > most ? `${names.slice(0, shown).join(', ')} … (${names.length})` : names.join(', ');
