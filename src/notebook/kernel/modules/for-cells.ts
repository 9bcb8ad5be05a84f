import { createRequire } from 'node:module';
import type * as Plot from '@observablehq/plot';
import { ENDING } from '../../../home.mjs';
import { cellPlot } from '../../plot/cell-plot.ts';

const require = createRequire(import.meta.url);
const plots = new Map<unknown, typeof Plot>();

/** Adapts packages that need something from a notebook; gives the cell all other modules as they are. */
export function forCells(specifier: string, module: unknown): unknown {
  if (specifier === '@observablehq/plot') return plotOf(module as typeof Plot);
  const { Plot: own } = (module ?? {}) as { Plot?: typeof Plot };
  if (own?.plot) return Object.create(module as object, { Plot: { value: plotOf(own), enumerable: true } });
  if (/^@tensorflow\/tfjs(-core|-layers)?($|\/)/.test(specifier)) useNativeLibrary();
  return module;
}

/** Gives a copy of Plot as cells have it: the project's and Graft's may be two. */
function plotOf(module: typeof Plot): typeof Plot {
  const own = plots.get(module) ?? cellPlot(module);
  plots.set(module, own);
  return own;
}

/**
 * Loads TensorFlow's native library before a cell first computes with TensorFlow.js, which would otherwise print a
 * greeting in red and compute in plain JavaScript. It is finished when the call returns: a native backend starts at
 * once.
 */
function useNativeLibrary(): void {
  const { useTensorFlow } = require(
    `../../../host/tensorflow${ENDING}`,
  ) as typeof import('../../../host/tensorflow.ts');
  void useTensorFlow();
}
