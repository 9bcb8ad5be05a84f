// @ts-check
import { choice, onOff, planId, shard, whole } from './flag.mjs';

/** By which many machines share one piece of work. */
export const shardFlags = {
  plan: planId('many machines: alone, decides what all shards share and puts it at --out; with an ID, that plan'),
  shards: whole('with --plan: shards'),
  shard: shard('with --plan ID: computes this shard; what is there of it is not computed again'),
  merge: onOff('with --plan ID: checks that every shard is there, and makes the whole known'),
  cpu: choice(
    ['any', 'same'],
    'with --plan: kinds of CPU that may compute shards; the last bits differ between kinds',
    {
      otherwise: 'any',
    },
  ),
};

/**
 * Says why flags of shards do not go together, or not with others.
 * @param {Readonly<Record<string, unknown>>} values
 * @param {readonly string[]} here flags that say where something lies here, and may stand beside a plan's ID
 * @returns {string | undefined}
 */
export function checkShardFlags(values, here) {
  const { plan, out, shards, shard: one, merge, cpu } = values;
  if (plan === undefined) {
    const lonely = Object.entries({ shards, shard: one, merge, cpu }).find(([, given]) => given !== undefined);
    return lonely && `--${lonely[0]}: expected --plan beside it; got none.`;
  }
  if (out === undefined) return '--plan: expected --out PLACE beside it, a folder or s3://bucket/prefix; got none.';
  if (plan === 'new') {
    if (shards === undefined) return '--plan: expected --shards N beside it; got none.';
    if (one || merge)
      return `--${one ? 'shard' : 'merge'}: expected --plan ID, as --plan --shards N prints it; got --plan alone.`;
    return undefined;
  }
  if (Boolean(one) === Boolean(merge))
    return `--plan: expected --shard I/N or --merge beside the ID; got ${one ? 'both' : 'none'}.`;
  const decided = Object.keys(values).find(
    (name) => !['plan', 'out', 'shard', 'merge', 'json', ...here].includes(name),
  );
  return decided && `--${decided}: expected none beside --plan ID, since the plan has decided it; got one.`;
}
