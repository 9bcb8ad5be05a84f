/** Rounds to a whole number, halves to the even one, as do Python's `round`, TensorFlow and IEEE 754. */
export function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}
