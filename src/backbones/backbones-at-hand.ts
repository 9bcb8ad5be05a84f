import path from 'node:path';
import { BACKBONE_NAMES } from '../models/networks/known.mjs';
import { isHubBackboneName, isNetworkName, type KnownName, knownNetwork } from '../models/networks/networks.ts';
import { findWeights, ownFile } from '../models/networks/published-weights.ts';
import { commandLine, ROOT } from '../home.mjs';
import { cachedModel } from './hub-model.ts';
import type { BackboneName } from './load-backbone.ts';

/** A backbone that Graft knows by name, and whether its weights are here. */
export interface KnownBackbone {
  readonly backbone: BackboneName;
  /** Whether its weights are found. */
  readonly here: boolean;
  /** Where they lie, or what fetches them. */
  readonly weights: string;
}

/**
 * Lists every backbone that has a name, with where its weights lie or what fetches them; nothing is loaded.
 * @example
 * const names = knownBackbones().map(({ backbone }) => backbone);
 */
export const knownBackbones = (): KnownBackbone[] =>
  BACKBONE_NAMES.map((backbone) => {
    const file = weightsOf(backbone);
    return { backbone, here: file !== undefined, weights: file ?? fetched(backbone) };
  });

/**
 * Lists the backbones whose weights are here.
 * @example
 * const names = backbonesAtHand();
 */
export const backbonesAtHand = (): BackboneName[] =>
  knownBackbones()
    .filter(({ here }) => here)
    .map(({ backbone }) => backbone);

/** Finds where a network's weights lie; undefined if they are not here. */
function weightsOf(name: KnownName): string | undefined {
  if (isHubBackboneName(name)) {
    try {
      return cachedModel(name).path;
    } catch {
      return undefined;
    }
  }
  const { own } = knownNetwork(name);
  const file = isNetworkName(name) ? findWeights(name) : own && ownFile(own);
  return file && inProject(file);
}

/** Writes a path as the project's own files are written, wherever the notebook lies. */
function inProject(file: string): string {
  const relative = path.relative(ROOT, path.resolve(file));
  return relative.startsWith('..') ? file : relative;
}

function fetched(name: KnownName): string {
  const bytes = knownNetwork(name).keras?.[0].bytes;
  return `not here: ${commandLine('download', name)}${bytes ? ` (${Math.round(bytes / 1e6)} MB)` : ''}`;
}
