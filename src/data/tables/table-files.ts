import path from 'node:path';
import { ENDINGS_READ } from '../../pixels/formats/formats.ts';
import { listed } from '../../text/listed.ts';
import { shortPath } from '../../project.ts';
import type { KnownFile } from '../pictures/picture-index.ts';
import { type FileState, stateInside } from '../../storage/files/walk.ts';
import { type Finding, finding, MOST_BAD } from '../pictures/findings.ts';
import type { Item } from '../items.ts';
import { type FileToSee, NOTHING } from '../pictures/look.ts';

/** The facts of a file that is not there. */
export const MISSING: KnownFile = {
  ...{ size: 0, changed: 0, touched: 0, inode: 0, ...NOTHING },
  problem: 'missing',
};

/**
 * Finds the files that rows name. If the first that is missing is there after a mechanical change of its name, the same
 * change is tried for all, and this is said.
 * @returns undefined for those that are not there
 * @throws Error saying how many lie outside, or how many are missing if more than a tenth are, with the first three
 */
export function filesOfTable(
  items: readonly Item[],
  root: string,
  name: string,
): {
  readonly files: readonly ((FileToSee & { readonly named: string }) | undefined)[];
  readonly missing: number;
  readonly findings: readonly Finding[];
} {
  const [missing, outside, changed]: [string[], string[], string[]] = [[], [], []];
  let otherwise: FoundOtherwise | undefined;
  const files = items.map(({ name: own }) => {
    const state = stateInside(path.resolve(root, own), root);
    if (state === 'outside') outside.push(own);
    if (state === 'outside') return undefined;
    if (state === 'missing' && !missing.length) otherwise ??= foundOtherwise(own, root);
    const found = typeof state === 'object' ? { name: own, state } : otherwise?.find(own);
    if (!found) missing.push(own);
    else if (found.name !== own) changed.push(`${own} = ${found.name}`);
    if (!found) return undefined;
    const file = path.resolve(root, found.name);
    return { named: found.name, name: path.relative(root, file), file, ...found.state };
  });
  const all = `of ${items.length} files`;
  if (outside.length)
    throw new Error(
      `${name}: expected paths inside ${shortPath(root)}; ${outside.length} ${all} lie outside: ${listed(outside, 3)}. Name another folder with --root.`,
    );
  if (missing.length > MOST_BAD * items.length)
    throw new Error(
      `${name}: expected files in ${shortPath(root)}; ${missing.length} ${all} are not there: ${listed(missing, 3)}. Name another folder with --root.`,
    );
  const findings = changed.length
    ? [finding('whose names differ in the table', 'note', changed, `Read ${otherwise!.said}.`)]
    : [];
  return { files, missing: missing.length, findings };
}

/** A way in which a table may write names differently from the disk: in words, and the names that it makes of one. */
type Change = readonly [said: string, of: (name: string) => readonly string[]];

/** In capitals too, as cameras and Windows write them. */
const ENDINGS = ENDINGS_READ.flatMap((ending) => [ending, ending.toUpperCase()]);

const CHANGES: readonly Change[] = [
  ['without the blanks around it', (name) => [name.trim()]],
  ['with / for \\', (name) => [name.replaceAll('\\', '/')]],
  ['in another Unicode form', (name) => [name.normalize('NFC'), name.normalize('NFD')]],
  ['with the ending that the file has', (name) => ENDINGS.map((ending) => `${name}.${ending}`)],
  ['without its first folder', (name) => [name.replace(/^[^/\\]+[/\\]+(?=.)/, '')]],
];

/** How files that are not where a table says were found after all. */
interface FoundOtherwise {
  /** In words: `with the ending that the file has`. */
  readonly said: string;
  /**
   * Finds a name as it is on disk, with what lies there; undefined if nothing does, or if it may mean several things.
   */
  find(name: string): { readonly name: string; readonly state: FileState } | undefined;
}

/**
 * Looks for one or two mechanical changes after which a file is there; the same is then tried for all others.
 * @param name the first file that is missing, relative to the root
 * @returns undefined if none helps
 */
function foundOtherwise(name: string, root: string): FoundOtherwise | undefined {
  const pairs = CHANGES.flatMap((first) => CHANGES.flatMap((next) => (next === first ? [] : [[first, next]])));
  for (const changes of [...CHANGES.map((one) => [one]), ...pairs]) {
    const find: FoundOtherwise['find'] = (text) => {
      const names = changes.reduce((some, [, of]) => some.flatMap(of), [text]);
      const there = [...new Set(names)].flatMap((one) => {
        const state = stateInside(path.resolve(root, one), root);
        return typeof state === 'object' ? [{ name: one, state }] : [];
      });
      return new Set(there.map(({ state }) => state.inode)).size === 1 ? there[0] : undefined;
    };
    if (find(name)) return { said: changes.map(([said]) => said).join(' and '), find };
  }
  return undefined;
}
