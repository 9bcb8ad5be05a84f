/** This many are named. */
const NAMED = 20;

/**
 * Says which shards of a plan to run again.
 * @param what what is missing, in words: `104 of 300 rows`
 */
export function missingShards(missing: readonly { readonly shard: number }[], shards: number, what: string): string {
  const again = missing.slice(0, NAMED).map(({ shard }) => `--shard ${shard}/${shards}`);
  const more = missing.length > NAMED ? ' …' : '';
  return `${what} are missing, of ${missing.length} of ${shards} shards. Run ${again.join(', ')}${more} again, then --merge.`;
}
