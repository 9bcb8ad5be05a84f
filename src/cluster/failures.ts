import { constants } from 'node:os';

/** A shard that could not be done, however often it was tried. */
export interface PartFailure {
  readonly shard: number;
  /** Host name and address of the last try; none if its worker or node died each time. */
  readonly node?: string;
  readonly code?: number;
  /** The end of what it printed. */
  readonly log: string;
}

/** This many are shown with what they printed; the others mostly say the same. */
const SHOWN = 3;

/** Says in a line that a try has failed, when it happens. */
export const tryText = ({ shard, node, code, log }: PartFailure): string =>
  `shard ${shard} failed on ${node}, ${endText(code)}: ${lastWord(log)}` +
  (NO_MORE.has(code ?? 0) ? ' This node gets no more shards.' : '');

/** Says that a shard's process is lost along with what ran it; its rows since the last piece are computed again. */
export const lostText = ({ shard, node }: Pick<PartFailure, 'shard' | 'node'>, unit: 'images' | 'runs'): string =>
  `ray: a worker was lost${node ? ` on ${node}` : ''}, with shard ${shard}; its ${unit} are computed again by the others.`;

/** Says at the end how many workers were lost on the way; nothing if none was. */
export const lostInAll = (lost: number): string => {
  if (!lost) return '';
  return lost === 1
    ? '; 1 worker was lost on the way, and its shard done by the others'
    : `; ${lost} workers were lost on the way, and their shards done by the others`;
};

/** Exit codes that another try on the same node does not change: the place refuses it, or there is no Graft. */
const NO_MORE: ReadonlySet<number> = new Set([3, 127]);

/** Says how a process ended: by itself, or by a signal, given as the negative of its number. */
function endText(code = 0): string {
  if (code >= 0) return `exit code ${code}`;
  const [name] = Object.entries(constants.signals).find(([, number]) => number === -code) ?? [`signal ${-code}`];
  return `ended by ${name}`;
}

/**
 * Gives the last line that a process printed and that says why. The usage, which follows a mistake in the flags, does
 * not.
 */
const lastWord = (log: string): string =>
  log
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('usage: '))
    .at(-1) ?? '';

/** Says which shards failed, where, and what they printed. */
export function failureText(failures: readonly PartFailure[], shards: number): string {
  const numbers = failures.map(({ shard }) => shard).sort((a, b) => a - b);
  const which = failures.length === 1 ? `shard ${numbers[0]}` : `shards ${numbers.join(', ')}`;
  const shown = failures.slice(0, SHOWN).map(({ shard, node, code, log }) => {
    const where = node ? ` on ${node}, ${endText(code)}` : '';
    return `shard ${shard}${where}:\n${log.trimEnd().replace(/^/gm, '  ')}`;
  });
  const others = failures.length === shards ? 'none is done' : 'the others are done and kept';
  return [`${which} of ${shards} failed; ${others}: once the cause is gone, the same command goes on.`, ...shown].join(
    '\n\n',
  );
}

/**
 * Says why no node of a cluster can do a shard, and what to set on which node.
 * @param failures one for each node
 */
export function barredText(failures: readonly PartFailure[]): string {
  const shown = failures.slice(0, SHOWN).map(({ node, log }) => `${node}:\n${log.trimEnd().replace(/^/gm, '  ')}`);
  const more = failures.length > SHOWN ? [`${failures.length - SHOWN} more nodes`] : [];
  // nobody can see which variables a node has
  const ofBucket = failures.some(({ log }) => /\bAWS_|credentials|s3:/.test(log));
  const one = failures.length === 1;
  const names = failures.map(({ node }) => node).join(', ');
  const todo = ofBucket
    ? [
        `Set AWS_… on ${names} and run \`ray stop\` and \`ray start\` there again: a shard has the variables of its ` +
          "node's `ray start`, not those of this shell.",
      ]
    : [];
  return [
    `ray: ${one ? 'the one node that has room cannot' : `none of the ${failures.length} nodes that have room can`} do a shard; ${one ? 'it' : 'each'} was tried once.`,
    ...shown,
    ...more,
    ...todo,
  ].join('\n\n');
}
