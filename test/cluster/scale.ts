import { random } from '../../src/random.ts';

/** All of CIFAR-10 over S3 besides; else what CI runs. */
export const LONG = process.env.GRAFT_CLUSTER === 'long';
/** Of all that is random here; printed, so that a failure can be had again. */
export const SEED = Number(process.env.GRAFT_CLUSTER_SEED ?? Math.floor(Date.now() / 1000));

export const draws = (stream: string): (() => number) => random(SEED, stream);

/** Figures for docs/clusters.md. */
export const report = (text: string): void => console.log(`[seed ${SEED}] ${text}`);
