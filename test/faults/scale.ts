import { random } from '../../src/random.ts';

/** Few cases, for CI: `GRAFT_FAULTS=short`. */
export const SHORT = process.env.GRAFT_FAULTS === 'short';
/** Of all that is random here; printed, so that a failure can be had again. */
export const SEED = Number(process.env.GRAFT_FAULTS_SEED ?? Math.floor(Date.now() / 1000));

export const KILLS = SHORT ? 2 : 50;
export const CASES = SHORT ? 200 : 10_000;
/** Milliseconds in which a fuzz case has to end. */
export const CASE_LIMIT = 5_000;

export const draws = (stream: string): (() => number) => random(SEED, stream);

/** Figures for docs/reliability.md. */
export const report = (text: string): void => console.log(`[seed ${SEED}] ${text}`);
