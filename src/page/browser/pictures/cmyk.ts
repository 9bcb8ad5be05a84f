/** Whether a JPEG has four colours, as for print: its frame says how many there are (ITU T.81, B.2.2). */
export function isCmyk(bytes: Uint8Array): boolean {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++; // fill bytes
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return bytes[at + 9] === 4;
    at += 2 + bytes[at + 2] * 256 + bytes[at + 3];
  }
  return false;
}
