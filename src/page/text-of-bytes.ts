/**
 * The characters in which a page holds bytes: what is printable, without `"`, `&` and `<`, so that no reader of HTML
 * takes any of them for something else.
 */
const CHARACTERS = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i))
  .filter((character) => !'"&<'.includes(character))
  .join('');
/** 13 bits in two characters, since 91 × 91 is a little more than 2^13; 6 in one. */
const [BITS, ONE, BASE] = [13, 6, CHARACTERS.length];

/**
 * Writes bytes as text that may stand in a page: 1.23 characters a byte, where base64 takes 1.33. (The idea of basE91,
 * J. Henke 2005, with 13 bits always.)
 */
export function textOfBytes(bytes: Uint8Array): string {
  const codes = Uint8Array.from(CHARACTERS, (character) => character.charCodeAt(0));
  const left = (bytes.length * 8) % BITS;
  // what is left has a character if it fits into one: so the text says how many bytes there are
  const text = new Uint8Array(2 * Math.floor((bytes.length * 8) / BITS) + (left > ONE ? 2 : Math.min(1, left)));
  let [held, kept, at] = [0, 0, 0];
  const put = (value: number): void => {
    text[at++] = codes[value % BASE];
    text[at++] = codes[Math.floor(value / BASE)];
  };
  for (const byte of bytes) {
    held |= byte << kept;
    kept += 8;
    if (kept < BITS) continue;
    put(held & (2 ** BITS - 1));
    held >>>= BITS;
    kept -= BITS;
  }
  if (kept) put(held); // what is outside of the array is dropped
  return new TextDecoder().decode(text);
}

/** Reads what {@link textOfBytes} wrote. */
export function bytesOfText(text: string): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(128);
  for (let i = 0; i < BASE; i++) values[CHARACTERS.charCodeAt(i)] = i;
  const pairs = Math.floor(text.length / 2);
  const bytes = new Uint8Array(Math.floor((pairs * BITS + (text.length % 2) * ONE) / 8));
  let [held, kept, at] = [0, 0, 0];
  for (let i = 0; i < text.length; i += 2) {
    const second = i + 1 < text.length ? values[text.charCodeAt(i + 1)] : 0;
    held |= (values[text.charCodeAt(i)] + BASE * second) << kept;
    for (kept += BITS; kept >= 8; kept -= 8) {
      bytes[at++] = held; // its last 8 bits; what is behind the end is dropped
      held >>>= 8;
    }
  }
  return bytes;
}
