/** Ray, which runs the parts of a job on many machines, in an environment of its own (290 MB). Made on request. */
import { besideJupyter } from '../environment.mjs';

export const ray = besideJupyter('Ray', 'ray');
