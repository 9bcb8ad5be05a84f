/** A shard that could not be done, however often it was tried. */
export interface Failure {
  readonly shard: number;
  /** Its host's name and address, of the last try; none where its worker or node died each time. */
  readonly node?: string;
  readonly code?: number;
  /** The end of what it printed. */
  readonly log: string;
}

/** So many are shown with what they printed; the others mostly say the same. */
const SHOWN = 3;

/** Says in a line that a try has failed, as it happens. */
export const tryText = ({ shard, node, code, log }: Failure): string =>
  `shard ${shard} failed on ${node}, exit code ${code}: ${lastWord(log)}`;

/** What a process said last that says why: how a command is used, which follows a mistake in the flags, does not. */
const lastWord = (log: string): string =>
  log
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('usage: '))
    .at(-1) ?? '';

/** Says which shards failed, where, and what they printed. */
export function failureText(failures: readonly Failure[], shards: number): string {
  const numbers = failures.map(({ shard }) => shard).sort((a, b) => a - b);
  const which = failures.length === 1 ? `shard ${numbers[0]}` : `shards ${numbers.join(', ')}`;
  const shown = failures.slice(0, SHOWN).map(({ shard, node, code, log }) => {
    const where = node ? ` on ${node}, exit code ${code}` : '';
    return `shard ${shard}${where}:\n${log.trimEnd().replace(/^/gm, '  ')}`;
  });
  const others = failures.length === shards ? 'none is done' : 'the others are done and kept';
  // of a node nobody sees which variables it has
  const ofNodes = shown.some((text) => /\bSet AWS_|credentials/.test(text))
    ? ['AWS_… are those of each node: of its own `ray start`, not of this shell.']
    : [];
  return [
    `${which} of ${shards} failed; ${others}: once the cause is gone, the same command goes on.`,
    ...shown,
    ...ofNodes,
  ].join('\n\n');
}
