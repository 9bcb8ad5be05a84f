/** Writes a name within a sentence: one that holds a comma of its own stands in quotes. */
export const inSentence = (name: string): string => (name.includes(', ') ? `“${name}”` : name);
