// @ts-check
import { backboneFlags } from './flags/backbone-flags.mjs';
import { command } from './command.mjs';
import { number, onOff } from './flags/flag.mjs';

export const flags = {
  cache: backboneFlags.cache,
  'older-than': number('removes what no run has used for so many days', { from: 0 }),
  'max-size': number('removes what was used longest ago, until so many GB are left', {
    from: 0,
  }),
  verify: onOff(
    'compares every row with its checksum; damaged ones are set aside for a day, and computed again when they are needed',
  ),
  merge: onOff('makes large pieces of small ones, and removes those whose rows stand in others'),
};

export const cache = command({
  usage: 'graft cache [--older-than DAYS] [--max-size GB] [--verify] [--merge]',
  about:
    'Lists the features that are kept: what they belong to, size, last use. ' +
    'With a limit it removes what lies beyond it. What a process is writing stays.',
  flags,
  hint: 'The folder is named with --cache.',
  examples: ['graft cache', 'graft cache --older-than 30', 'graft cache --max-size 5', 'graft cache --verify --merge'],
  load: () => import('./run/cache.ts'),
});
