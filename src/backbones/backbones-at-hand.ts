import path from 'node:path';
import { HUB_BACKBONE_NAMES, type HubBackboneName } from '../models/networks/hub-backbones.ts';
import { findWeights, WEIGHTS_FILES } from '../models/networks/published-weights.ts';
import { NETWORK_NAMES, type NetworkName } from '../models/networks/networks.ts';
import { ROOT } from '../project.ts';
import { cachedModel } from './hub-model.ts';
import { type BackboneName, EMBEDDED_FILES } from './load-backbone.ts';

/** A backbone that Graft knows by name, and whether its weights are here. */
export interface KnownBackbone {
  readonly backbone: BackboneName;
  /** Whether its weights are found. */
  readonly here: boolean;
  /** Where they lie, or what fetches them. */
  readonly weights: string;
}

/** Every backbone that has a name, with where its weights lie or what fetches them; nothing is loaded. */
export function knownBackbones(): KnownBackbone[] {
  const networks = NETWORK_NAMES.map((backbone): KnownBackbone => {
    const file = findWeights(backbone);
    return { backbone, here: file !== undefined, weights: file === undefined ? fetched(backbone) : inProject(file) };
  });
  const files = Object.entries(EMBEDDED_FILES).map(([backbone, weights]) => ({ backbone, here: true, weights }));
  return [...networks, ...files, ...HUB_BACKBONE_NAMES.map(fromHub)] as KnownBackbone[];
}

function fromHub(backbone: HubBackboneName): KnownBackbone {
  try {
    return { backbone, here: true, weights: cachedModel(backbone).path };
  } catch {
    return { backbone, here: false, weights: notHere(backbone) };
  }
}

/** Names of the backbones whose weights are here. */
export const backbonesAtHand = (): BackboneName[] =>
  knownBackbones()
    .filter(({ here }) => here)
    .map(({ backbone }) => backbone);

/** A file as the project's own files are written, wherever the notebook lies. */
function inProject(file: string): string {
  const relative = path.relative(ROOT, path.resolve(file));
  return relative.startsWith('..') ? file : relative;
}

function fetched(network: NetworkName): string {
  const bytes = network === 'vgg19-mini' ? undefined : WEIGHTS_FILES[network][0].bytes;
  return `${notHere(network)}${bytes ? ` (${Math.round(bytes / 1e6)} MB)` : ''}`;
}

const notHere = (name: string): string => `not here: npm run download -- ${name}`;
