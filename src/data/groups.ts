import path from 'node:path';
import { listed } from '../text/listed.ts';
import { shortPath } from '../project.ts';
import { readUtf8 } from '../storage/files/read-file.ts';
import type { Dataset } from './dataset.ts';
import type { Source } from './items.ts';
import { PATHS } from './tables/table.ts';
import { firstAmong, parseTable } from './tables/table-rows.ts';

/** Groups by the names of pictures. */
export type Groups = ReadonlyMap<string, string>;

/** Whether what names the groups is a table of its own, and not a column. */
export const isTableName = (group: string): boolean => /\.(csv|tsv|tab)$/i.test(group);

const GROUPS = ['group', 'groups', 'group_id', 'patient', 'patient_id', 'subject', 'plant', 'camera', 'site', 'source'];

/**
 * Gives the groups of a source's pictures, from its own column or from a table beside it.
 * @param group the column's name, or the table's file
 * @throws Error naming what was expected, if no picture has a group, or one has two
 */
export async function groupsOfSource({ name, items }: Source, group: string): Promise<Groups> {
  const own = isTableName(group) ? await readGroups(group) : undefined;
  const groups = new Map<string, string>();
  for (const { name: picture, group: inColumn } of items) {
    const found = own ? own.get(plainly(picture)) : inColumn;
    if (found === undefined) continue;
    const before = groups.get(picture);
    if (before !== undefined && before !== found)
      throw new Error(`${name}: expected one group for each picture; ${picture} has "${before}" and "${found}".`);
    groups.set(picture, found);
  }
  if (groups.size || !items.length) return groups;
  throw new Error(
    own
      ? `${shortPath(group)}: expected files of ${name}, like ${items[0].name}; got ${listed([...own.keys()], 3)}.`
      : `${name}: expected groups in ${group}; got none. Pictures in folders have no columns: name a table of files and groups, FILE.csv.`,
  );
}

/** Reads a table of files and groups. @throws Error naming the columns that it has */
async function readGroups(file: string): Promise<Groups> {
  const name = shortPath(file);
  const text = await readUtf8(file);
  if (text === undefined) throw new Error(`${name}: expected a table in UTF-8; it is in another encoding.`);
  const [header, ...rows] = parseTable(text, file);
  const names = (header?.cells ?? []).map((column) => column.trim().toLowerCase());
  const at = { path: firstAmong(PATHS, names), group: firstAmong(GROUPS, names) };
  if (at.group < 0 && names.length === 2) at.group = 1 - at.path; // what else could the other one be
  if (at.path < 0 || at.group < 0)
    throw new Error(
      `${name}: expected a column of files (${PATHS.slice(0, 3).join(', ')} …) and one of groups (${GROUPS.slice(0, 4).join(', ')} …); got ${names.join(', ') || 'an empty file'}.`,
    );
  const groups = new Map<string, string>();
  for (const { cells, row } of rows) {
    const [picture, group] = [plainly(cells[at.path]), cells[at.group].trim()];
    if (!group) continue;
    const before = groups.get(picture);
    if (before !== undefined && before !== group)
      throw new Error(
        `${name}: expected one group for each file; row ${row} has "${group}" for ${picture}, "${before}" above.`,
      );
    groups.set(picture, group);
  }
  return groups;
}

/** Writes a path as folders are walked: with / and without ./ before it. */
const plainly = (name: string): string => path.posix.normalize(name.trim().replaceAll('\\', '/'));

/**
 * Gives the group of each picture of a data set; undefined for one that has none.
 * @throws Error if groups are not known, or the data set does not name its files
 */
export function groupsOfImages({ n, name, fileAt }: Dataset, groups: Groups | undefined): (string | undefined)[] {
  if (!groups || !fileAt)
    throw new Error(
      `groupsOf: expected photos that were opened with their groups, as photos(source, { groups: 'patient' }); got ${name}.`,
    );
  return Array.from({ length: n }, (_, i) => groups.get(fileAt(i)));
}
