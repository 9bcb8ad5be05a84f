// @ts-check
import { choice, onOff, planId, shard, whole } from './flag.mjs';

/** The flags by which many machines share one piece of work. */
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
 * Says why flags of shards do not go together, or do not go with others.
 * @param {Readonly<Record<string, unknown>>} values
 * @param {readonly string[]} here flags that say where something lies here, and may stand beside a plan's ID
 * @returns {string | undefined}
 */
export function checkShardFlags(values, here) {
  const { plan, out, shards, shard: one, merge, cpu } = values;
  if (plan === undefined) {
    const lonely = Object.entries({ shards, shard: one, merge, cpu }).find(([, given]) => given !== undefined);
    return lonely && `--${lonely[0]}: expected --plan with it; --plan is missing.`;
  }
  if (out === undefined)
    return '--plan: expected --out PLACE with it, a folder or s3://bucket/prefix; --out is missing.';
  if (plan === 'new') {
    if (shards === undefined) return '--plan: expected --shards N with it; --shards is missing.';
    if (one || merge)
      return `--${one ? 'shard' : 'merge'}: expected --plan ID, as --plan --shards N prints it; got --plan without an ID.`;
    return undefined;
  }
  if (Boolean(one) === Boolean(merge))
    return `--plan: expected --shard I/N or --merge with the ID; got ${one ? 'both' : 'none'}.`;
  const decided = Object.keys(values).find(
    (name) => !['plan', 'out', 'shard', 'merge', 'json', ...here].includes(name),
  );
  return decided && `--${decided}: expected none with --plan ID, because the plan has decided it; got one.`;
}
