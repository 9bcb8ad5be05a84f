/** A position in a text: Jupyter counts code points, JavaScript UTF-16 units. */
export const toUtf16 = (text: string, codePoints: number): number => [...text].slice(0, codePoints).join('').length;

/** A position in a text, the other way. */
export const toCodePoints = (text: string, utf16: number): number => [...text.slice(0, utf16)].length;
