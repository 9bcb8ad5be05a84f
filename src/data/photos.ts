import { checkNames, checkOptions } from '../host/option-ranges.ts';
import { type ProgressOption, progressOf } from '../host/progress.ts';
import { cellSignal } from '../host/host.ts';
import { checkResize, type Resize } from '../pixels/resize.ts';
import { checkInterpolation, type Interpolation } from '../pixels/interpolation.ts';
import { byCodePoints } from '../storage/files/walk.ts';
import type { Dataset } from './dataset.ts';
import { checkBackground } from './pictures/decode.ts';
import { divide } from './divide.ts';
import { groupsOfImages, groupsOfSource, isTableName } from './groups.ts';
import { createFindings, finding, type Findings, findInFiles, isOther, MOST_BAD } from './pictures/findings.ts';
import { openSource } from './open-source.ts';
import { type Source, type SplitName, SPLITS } from './items.ts';
import { pictureSet } from './pictures/picture-set.ts';
import { findAmong, type ReadPicture } from './pictures/twins.ts';
import type { Splits } from './subset.ts';

export interface PhotosOptions {
  /** Height and width that pictures are brought to. @default the network's own, when they are extracted */
  readonly size?: number;
  /**
   * How it is done: `crop`, as most networks were tested; `squash`, as Keras does; `pad`, with black around it.
   * @default the network's own, else 'crop'
   */
  readonly resize?: Resize;
  /** Share of the scaled picture's shorter side that the crops keep, above 0 to 1. @default the network's own */
  readonly cropFraction?: number;
  /** How pixels are looked up, if `size` is given. @default 'bicubic' */
  readonly interpolation?: Interpolation;
  /** A colour that shows through transparent pixels, as in CSS. @default transparency is dropped, as in PIL */
  readonly background?: string;
  /** The column of paths in a table. @default the first that is called path, file, filename, image, … */
  readonly path?: string;
  /** The column of class names in a table. @default the first that is called label, class, category, … */
  readonly label?: string;
  /**
   * What belongs together, like the pictures of one patient, plant or camera: a column of the table or Parquet file, a
   * key of a webdataset's `.json`, or a table FILE.csv of files and groups, which goes with a folder too. `groupsOf`
   * then gives it. @default unknown
   */
  readonly groups?: string;
  /** The folder that a table's paths are relative to, and must stay in. @default the table's folder */
  readonly root?: string;
  /** Takes the top folders of a folder as classes, whatever their names and content. @default false */
  readonly classFolders?: boolean;
  /**
   * Share of each class to test on, if the pictures are in no splits; above 0, up to 1, which tests on all: then none
   * is trained on, and one class is enough. @default 0.2
   */
  readonly testShare?: number;
  /** Seed of that choice. @default 1 */
  readonly seed?: number;
  /** Makes any file that is left out and any warning an error. @default false */
  readonly strict?: boolean;
  /** A bar of its own in a notebook and on a terminal, false for none, or a function. @default a bar */
  readonly progress?: ProgressOption;
  /** Ends the look at the files. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/** One's own pictures. */
export interface Photos extends Splits {
  readonly kind: 'photos';
  /** What is wrong with them. */
  readonly findings: Findings;
  /** What divided them into splits: the folders or the table, or a seed. */
  readonly division: Division;
  /**
   * Gives the group of each picture of a part of them; undefined for one that has none.
   * @throws Error if no `groups` were named
   */
  groupsOf(images: Dataset): (string | undefined)[];
  toString(): string;
}

export type Division =
  { readonly by: 'source' } | { readonly by: 'seed'; readonly seed: number; readonly testShare: number };

/** How pictures are shown, and what counts if no network says otherwise. */
const SHOWN = { size: 224, resize: 'crop', cropFraction: 0.875, interpolation: 'bicubic' } as const;

/**
 * Opens one's own photos: a folder with a folder for each class, or `train/` with `val/` or `test/` beside it; or a
 * table (CSV, TSV) of paths and labels. All files are looked at first, and `findings` tells what is wrong with them;
 * pixels are read when they are asked for.
 * @param source the folder, or the table
 * @returns data sets to train and to test on, in the network's own size once they are extracted
 * @throws Error naming folder or file and what was expected, or if more than a tenth of the files are bad
 * @example
 * const images = await photos('photos/ants-and-bees');
 */
export async function photos(source: string, options: PhotosOptions = {}): Promise<Photos> {
  const { resize, cropFraction, interpolation = SHOWN.interpolation, size, strict = false } = options;
  checkNames('photos', options);
  checkResize(resize ?? SHOWN.resize, cropFraction ?? 1);
  checkInterpolation(interpolation);
  if (options.background !== undefined) await checkBackground(options.background);
  checkOptions('photos', { size, testShare: options.testShare, seed: options.seed });
  const apart = options.groups !== undefined && isTableName(options.groups);
  const opened = await openSource(source, {
    ...options,
    groups: apart ? undefined : options.groups,
    untrained: options.testShare === 1,
    signal: options.signal ?? cellSignal(),
    onFile: barOf(source, options.progress),
  });
  const groups = options.groups === undefined ? undefined : await groupsOfSource(opened, options.groups);
  const { positions, names, splitOf, division } = arrange(opened, options);
  const findings = findingsOf(opened, positions, splitOf, names);
  checkFindings(findings, opened, strict);
  const numbers = new Map(names.map((name, k) => [name, k]));
  const native = squareOf(opened, positions);
  const set = (split: SplitName): Dataset =>
    pictureSet(opened, {
      name: `${opened.name} ${split}`,
      positions: Int32Array.from(positions.filter((position) => splitOf(position) === split)),
      labels: Int32Array.from(
        positions.filter((position) => splitOf(position) === split),
        (position) => numbers.get(opened.items[position].label)!,
      ),
      classNames: names,
      target: {
        size: size ?? Math.min(native ?? SHOWN.size, SHOWN.size),
        resize: resize ?? SHOWN.resize,
        cropFraction: cropFraction ?? SHOWN.cropFraction,
        interpolation,
        background: options.background,
      },
      asked: { resize, cropFraction },
      native,
      elastic: size === undefined,
    });
  const has = (split: SplitName): boolean => positions.some((position) => splitOf(position) === split);
  const text = (): string =>
    `${String(findings)}\n${SPLITS.filter(has)
      .map((split) => String(set(split)))
      .join('\n')}`;
  return {
    kind: 'photos',
    train: set('train'),
    ...(has('validation') && { validation: set('validation') }),
    test: set('test'),
    findings,
    division,
    groupsOf: (images) => groupsOfImages(images, groups),
    toString: text,
    [Symbol.for('nodejs.util.inspect.custom')]: text,
  };
}

function barOf(
  source: string,
  progress: ProgressOption | undefined,
): (done: number, known: number, total: number) => void {
  const bar = progressOf(progress, 'files');
  return (done, cached, total) => bar?.({ label: `looking at ${source}`, done, total, cached });
}

interface Arranged {
  /** Positions of the good pictures in the source. */
  readonly positions: readonly number[];
  readonly names: readonly string[];
  readonly splitOf: (position: number) => SplitName;
  readonly division: Division;
}

/**
 * Picks good pictures and classes, and divides them into splits. @throws Error if splits and classes do not fit
 * together
 */
function arrange(source: Source, { testShare = 0.2, seed = 1 }: PhotosOptions): Arranged {
  const { items, known, name, classNames, numbers } = source;
  const positions = items.flatMap((_, i) => (known[i].problem ? [] : [i]));
  // what is wrong with the files explains why there are too few
  const why = (): string => {
    const found = findingsOf(source, positions, () => 'train', []);
    return positions.length < items.length || found.rows.length ? `\n${String(found)}` : '';
  };
  if (!positions.length)
    throw new Error(
      `${name}: expected pictures; got ${items.length} files, none of which is one that is read.${why()}`,
    );
  const splits = new Set(positions.map((position) => items[position].split));
  const labelsOf = (split?: SplitName): string[] => {
    const own = split ? positions.filter((position) => items[position].split === split) : positions;
    return [...new Set(own.map((position) => items[position].label))];
  };
  // a new division would train on what is marked for testing
  const given = splits.size > 1 || [...splits].some((split) => split === 'test' || split === 'validation');
  const names =
    classNames ?? labelsOf(splits.has('train') && given ? 'train' : undefined).sort(numbers ? byNumber : byCodePoints);
  const untrained = given ? !splits.has('train') : testShare === 1;
  if (names.length < 2 && !untrained)
    throw new Error(
      `${name}: expected pictures of two classes or more to train on; got ${names.length ? `one, ${names[0]}` : 'none'}.${why()}`,
    );
  if (given) {
    for (const split of SPLITS) {
      const strange = labelsOf(split).filter((label) => !names.includes(label));
      if (strange.length)
        throw new Error(
          `${name}: expected the classes of train (${names.join(', ')}) in ${split} too; got ${strange.join(', ')} besides.`,
        );
    }
    // if only one split stands beside train, it is tested on
    const only = splits.has('test') ? undefined : 'validation';
    const splitOf = (position: number): SplitName => (items[position].split === only ? 'test' : items[position].split!);
    return { positions, names, splitOf, division: { by: 'source' } };
  }
  if (!given && untrained)
    return { positions, names, splitOf: () => 'test', division: { by: 'seed', seed, testShare } };
  const numberOf = new Map(names.map((label, k) => [label, k]));
  const tested = divide(
    positions.map((position) => numberOf.get(items[position].label)!),
    positions.map((position) => known[position].content),
    { share: testShare, seed },
  );
  if (!tested.includes(1))
    throw new Error(
      `${name}: expected two pictures or more of a class, one to test on; got ${positions.length} of ${names.length} classes.`,
    );
  const side = new Map(positions.map((position, i) => [position, tested[i] ? ('test' as const) : ('train' as const)]));
  return { positions, names, splitOf: (position) => side.get(position)!, division: { by: 'seed', seed, testShare } };
}

/** Sorts numbers in their order, if all are numbers. */
const byNumber = (a: string, b: string): number => Number(a) - Number(b) || byCodePoints(a, b);

function findingsOf(
  { name, items, known, findings, bytes }: Source,
  positions: readonly number[],
  splitOf: (position: number) => SplitName,
  names: readonly string[],
): Findings {
  const placed = positions.map((position): ReadPicture => {
    const { name: file, label } = items[position];
    return { name: file, label, content: known[position].content, split: splitOf(position) };
  });
  const lost = [...new Set(items.map(({ label }) => label))].filter((label) => !names.includes(label));
  const empty =
    lost.length && names.length ? [finding('classes without a picture to train on', 'warning', lost, 'Left out.')] : [];
  const rows = [...findings, ...empty, ...findInFiles(items, known), ...findAmong(placed, names)];
  const others = known.filter(isOther).length;
  return createFindings({
    source: name,
    pictures: positions.length,
    leftOut: items.length - positions.length - others,
    rows,
    bytes: (picture) => bytes(items.findIndex((item) => item.name === picture)),
  });
}

/** @throws Error if too much is wrong */
function checkFindings(findings: Findings, { name }: Source, strict: boolean): void {
  const { rows, leftOut, pictures } = findings;
  const wrong = rows.filter(({ level }) => level !== 'note');
  if (strict && wrong.length) throw new Error(`${name}: strict: expected nothing wrong; got\n${String(findings)}`);
  if (leftOut > MOST_BAD * (leftOut + pictures))
    throw new Error(
      `${name}: expected ${100 * MOST_BAD} % bad files at most; got ${leftOut} of ${leftOut + pictures}:\n${String(findings)}`,
    );
}

/** Gives the side of every picture, if they are all squares of one size. */
function squareOf({ known }: Source, positions: readonly number[]): number | undefined {
  const { width } = known[positions[0]];
  return positions.every((position) => known[position].width === width && known[position].height === width)
    ? width
    : undefined;
}
