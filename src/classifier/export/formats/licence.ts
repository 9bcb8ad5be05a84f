import type { Backbone } from '../../../models/backbone.ts';
import { knownNetwork, knownRepository } from '../../../models/networks/networks.ts';

/** What is known about the licence of a backbone's weights. */
export interface Licence {
  /** Its name, or that it is not known. */
  readonly text: string;
  /** What to see to before a file with these weights is passed on; undefined if the licence allows it freely. */
  readonly warning?: string;
}

/** Says under which licence a backbone's weights are: an exported file holds them. */
export function licenceOf({ network, file }: Backbone): Licence {
  const known = knownNetwork(network) ?? (file?.hub && knownRepository(file.hub.repository));
  if (!known)
    return {
      text: 'not known to Graft',
      warning: `The file holds the weights of ${network}, whose licence Graft does not know: ask those who made them before you pass it on.`,
    };
  const { title, licence, passingOn } = known;
  return {
    text: licence,
    ...(passingOn && { warning: `The file holds the weights of ${title} (${licence}): ${passingOn}` }),
  };
}
