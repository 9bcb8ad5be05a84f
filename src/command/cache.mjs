// @ts-check
import { backboneFlags } from './flags/backbone-flags.mjs';
import { command } from './line/command.mjs';
import { number, onOff } from './flags/flag.mjs';

export const flags = {
  cache: backboneFlags.cache,
  'older-than': number('removes what no run has used for this many days', { from: 0 }),
  'max-size': number('removes what was used longest ago, until no more than this many GB are left', {
    from: 0,
  }),
  verify: onOff(
    'compares every row with its checksum; damaged rows are set aside for a day, and computed again when they are needed',
  ),
  merge: onOff('makes large pieces from small ones, and removes pieces whose rows stand in others'),
};

export const cache = command({
  usage: 'graft cache [--older-than DAYS] [--max-size GB] [--verify] [--merge]',
  about:
    'Lists the features that are kept, with what they belong to, their size and their last use. ' +
    'With a limit, removes what is beyond it. What a process is writing stays.',
  flags,
  hint: 'The folder is named with --cache.',
  examples: ['graft cache', 'graft cache --older-than 30', 'graft cache --max-size 5', 'graft cache --verify --merge'],
  load: () => import('./run/cache.ts'),
});
