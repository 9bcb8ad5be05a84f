/**
 * TensorFlow.js for the modules of the package `graft-ml`, which `npm run build` makes import it from here: it is the
 * project's own or the set-up's. A clone has it as an ordinary dependency.
 */
import { requireSetUp } from '../packages.mjs';

/** @throws Error that names the command, while nothing is set up */
export const tf = requireSetUp('@tensorflow/tfjs');
