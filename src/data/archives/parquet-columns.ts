import { type FileMetaData, parquetSchema, type SchemaElement, type SchemaTree } from 'hyparquet';
import { ownOf } from '../../host/own.ts';
import type { TableOptions } from '../tables/table.ts';

/** The columns of a Parquet file that are read. */
export interface ImageColumns {
  /** The column of pictures: bytes, or `{ bytes, path }`. */
  readonly image: string;
  readonly label: string;
  /** The column of groups, if one is asked for. */
  readonly group?: string;
  /** Names of labels that are numbers; undefined if the labels are names themselves, or have none. */
  readonly classNames?: readonly string[];
}

/** A column as Hugging Face's `datasets` describes it, in the key `huggingface` of a file's metadata. */
interface Feature {
  readonly _type?: string;
  readonly names?: unknown;
}

const IMAGES = ['image', 'img', 'picture', 'photo', 'pixel_values'];
const LABELS = ['label', 'labels', 'fine_label', 'class', 'category', 'target'];

/**
 * Finds the columns of pictures and labels: those that are asked for, that the metadata name, or that have a usual
 * name.
 * @throws Error naming the file and the columns it has
 */
export function columnsOf(
  metadata: FileMetaData,
  { path: asked, label: wanted, groups: grouped }: Pick<TableOptions, 'path' | 'label' | 'groups'>,
  file: string,
): ImageColumns {
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const features = featuresOf(metadata);
  const ofType = (type: string): string | undefined => names.find((name) => ownOf(features, name)?._type === type);
  const named = (known: readonly string[]): string | undefined => known.find((name) => names.includes(name));
  const expected = (found: string | undefined, what: string): string => {
    if (found !== undefined && names.includes(found)) return found;
    throw new Error(`${file}: expected a column of ${what}${found ? `, "${found}"` : ''}; got ${names.join(', ')}.`);
  };
  const image = expected(asked ?? ofType('Image') ?? named(IMAGES), 'images');
  const label = expected(wanted ?? ofType('ClassLabel') ?? named(LABELS), 'labels');
  const group = grouped === undefined ? undefined : expected(grouped, 'groups');
  const tree = parquetSchema(metadata).children.find(({ element }) => element.name === image)!;
  const bytes = tree.children.length ? tree.children.find(({ element }) => element.name === 'bytes') : tree;
  if (bytes?.element.type !== 'BYTE_ARRAY')
    throw new Error(
      `${file}: expected images in the column ${image}, as bytes or { bytes, path }; got ${bytes?.element.type ?? 'neither'}.`,
    );
  const own = ownOf(features, label)?.names;
  return { image, label, ...(group !== undefined && { group }), ...(isNames(own) && { classNames: own }) };
}

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string');

/** Reads what the metadata say of each column; nothing if they are not Hugging Face's, or are damaged. */
function featuresOf({ key_value_metadata: pairs = [] }: FileMetaData): Readonly<Record<string, Feature | undefined>> {
  try {
    const text = pairs.find(({ key }) => key === 'huggingface')?.value;
    const { info } = JSON.parse(text ?? '{}') as { info?: { features?: Record<string, Feature> } };
    return info?.features ?? {};
  } catch {
    return {};
  }
}

/**
 * Gives a label's name.
 * @returns undefined if there is none: null, empty, or −1, which Hugging Face's test sets have
 * @throws Error if a number has no name
 */
export function labelText(value: unknown, { label, classNames }: ImageColumns): string | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value) || undefined;
  const number = Number(value);
  if (!Number.isInteger(number))
    throw new Error(`${label}: expected names or whole numbers; got ${JSON.stringify(value)}.`);
  if (number < 0) return undefined;
  if (classNames && number >= classNames.length)
    throw new Error(`${label}: expected numbers up to ${classNames.length - 1}, which have names; got ${number}.`);
  return classNames ? classNames[number] : String(number);
}

/** Gives the bytes in a cell; none if it is empty, or holds only a path. */
export function pictureColumn(cell: unknown): Uint8Array {
  const bytes = cell instanceof Uint8Array ? cell : (cell as { bytes?: unknown } | null)?.bytes;
  return bytes instanceof Uint8Array ? bytes : new Uint8Array(0);
}

/**
 * Gives a file's metadata without the columns that stand beside the bytes of pictures. hyparquet reads the parts of a
 * column at once and gives up at the first that is damaged; a second one would end the process, as a rejection that
 * nobody waits for.
 */
export function withoutPaths(metadata: FileMetaData, image: string): FileMetaData {
  const isBeside = (column: readonly string[]): boolean =>
    column.length > 1 && column[0] === image && column[1] !== 'bytes';
  const flat = ({ element, children, path }: SchemaTree): SchemaElement[] => {
    const kept = children.filter((child) => !isBeside(child.path));
    const own = children.length ? { ...element, num_children: kept.length } : element;
    return path.length > 1 && isBeside(path) ? [] : [own, ...kept.flatMap(flat)];
  };
  return {
    ...metadata,
    schema: flat(parquetSchema(metadata)),
    row_groups: metadata.row_groups.map((group) => ({
      ...group,
      columns: group.columns.filter(({ meta_data: of }) => !isBeside(of!.path_in_schema)),
    })),
  };
}
