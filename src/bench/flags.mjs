// @ts-check
import { existsSync } from 'node:fs';
import path from 'node:path';
import { folder, number, onOff, whole } from '../command/flags/flag.mjs';

export const flags = {
  peers: onOff('also Keras, PyTorch and OpenVINO, in an environment that it sets up (about 8 GB)'),
  scaling: onOff('only how cost grows: with images, features, classes, epochs, threads; about 4 minutes'),
  around: onOff(
    'only what is around the backbone: training the head, a sweep, predicting, the notebook; about 10 minutes',
  ),
  before: folder('with --around: also by an earlier commit, in a clone of it that `npm run setup` ran in'),
  photos: folder('only decoding beside the session, on the photos in this folder'),
  cluster: onOff('only Ray: 1, 2 and 4 nodes of one core each, in network namespaces on this machine; needs root'),
  quick: onOff('only vgg19-mini and efficientnet-lite0, one round; of others small sizes'),
  rounds: whole('turns of each', { otherwise: '3' }),
  seconds: number('of a turn', { above: 0, otherwise: '6' }),
};

/** The flags of `npm run bench`, and what it says of itself. */
export const bench = {
  usage: 'npm run bench [-- flags]',
  about: 'Measures the frozen backbone side by side, in turns, and writes results/bench.json and results/bench.html.',
  flags,
  /** @param {import('../command/flags/flag.mjs').ValuesOf<typeof flags>} values */
  check({ before, around }) {
    if (before === undefined) return undefined;
    if (!around) return '--before: expected --around with it; --around is missing.';
    return existsSync(path.join(before, 'src/graft.mjs'))
      ? undefined
      : `--before: expected a clone of Graft; got "${before}".`;
  },
  examples: [
    'npm run bench',
    'npm run bench -- --peers',
    'npm run bench -- --scaling',
    'npm run bench -- --around',
    'npm run bench -- --around --before ../graft-of-last-week',
    'npm run bench -- --cluster',
    'npm run bench -- --photos photos/flowers',
  ],
};
