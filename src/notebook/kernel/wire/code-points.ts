/** Converts a position in a text to UTF-16 units: Jupyter counts code points, JavaScript UTF-16 units. */
export const toUtf16 = (text: string, codePoints: number): number => [...text].slice(0, codePoints).join('').length;

/** Converts a position in a text to code points. */
export const toCodePoints = (text: string, utf16: number): number => [...text.slice(0, utf16)].length;
