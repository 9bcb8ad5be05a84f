import { roundHalfToEven } from '../host/round.ts';

/** Rounds to a whole level, 0..255, half to even, as TensorFlow rounds. */
export const wholeLevel = (x: number): number => Math.max(0, Math.min(255, roundHalfToEven(x)));
