import type { Classifier } from '../../../classifier/classifier.ts';
import { contentsOf, type Dataset, pick, resizingOf } from '../../../data/dataset.ts';
import { join } from '../../../data/join.ts';
import type { Division, Photos, PhotosOptions } from '../../../data/photos.ts';
import { WHOLE_PICTURE } from '../../../data/pictures/picture-files.ts';
import { type SeenCounts, type SeenIn, type SeenPictures, seenText, sightings, unseen } from '../../../data/seen.ts';
import type { Splits } from '../../../data/subset.ts';
import { withClasses } from '../../../data/with-classes.ts';
import { type ImageOptions, openSplits } from '../../../experiments/open-work.ts';
import { progressBar } from '../../../host/progress.ts';
import { factsOf } from '../../../models/facts.ts';
import type { ValuesOf } from '../../line/command.mjs';
import { asOptions } from '../../flags/option-flags.mjs';
import type { flags } from '../../evaluate.mjs';

/**
 * Loads what `--data` names, and says what is wrong with a folder of photos before anything is computed.
 * @param how how photos are read, in settings that have no flags
 */
export async function load(options: ImageOptions, signal: AbortSignal, how: PhotosOptions = {}): Promise<Splits> {
  const splits = await openSplits(options, { progress: progressBar('files'), signal }, how);
  if (splits.kind === 'photos') process.stderr.write(`${String((splits as Photos).findings)}\n`);
  return splits;
}

/** Pictures to test a classifier on, with its own class names. */
export interface TestPictures {
  readonly images: Dataset;
  /** How many were left out because the classifier has seen them; undefined if not known or not asked for. */
  readonly leftOut?: SeenCounts;
  /** What to say about the choice. */
  readonly note?: string;
  /** The pictures here that it was trained on; undefined if there are none, or it is not known. */
  readonly trained?: Dataset;
  /** Those that it was validated on, in the same way, with its own class names. */
  readonly validated?: Dataset;
}

/**
 * Loads the pictures that a classifier is tested on, brought to their size as in training: among those asked for, the
 * ones that it has not seen. Photos that are in no splits are all candidates then; only if nobody knows which it has
 * seen does a seed set some apart: the seed of its training, if that is known.
 * @throws Error if it has seen all of them
 */
export async function loadToTest(
  classifier: Classifier,
  { split = 'test', ...values }: ValuesOf<typeof flags>,
  signal: AbortSignal,
): Promise<TestPictures> {
  const { seen, classNames, fit = WHOLE_PICTURE } = classifier;
  const [height, width] = classifier.imageSize;
  const trained = seen ? undefined : factsOf(classifier.head)?.trained?.division;
  const splits = await load(asOptions(values), signal, {
    ...(height === width && { size: height, ...resizingOf(fit) }),
    ...(seen && values['test-share'] === undefined && { testShare: 1 }),
    ...(trained && { seed: values.seed ?? trained.seed, testShare: values['test-share'] ?? trained.testShare }),
  });
  const { train, validation, test } = splits;
  const { division } = splits as Partial<Photos>;
  const undivided = division?.by === 'seed' && division.testShare === 1;
  const whole = split === 'all' || undivided;
  const parts = [train, ...(validation ? [validation] : []), test];
  const every = join(parts, { name: train.name.replace(/ train$/, '') });
  const all = withClasses(whole ? every : splits[split], classNames);
  if (!seen) return { images: all, note: unknownText(whole ? undefined : division) };
  const validated = seenIn(every, seen, 'validation');
  const learnt = {
    trained: seenIn(every, seen, 'training'), // whatever its classes are called here
    ...(validated && { validated: withClasses(validated, classNames) }),
  };
  if (split === 'all') return { ...learnt, images: all };
  if (split === 'train')
    return { ...learnt, images: undivided ? trainedAmong(all, sightings(seen)(contentsOf(all))) : all };
  const { rest, counts } = unseen(all, seen);
  if (!rest)
    throw new Error(
      `${all.name}: expected pictures that the classifier has not seen; of these ${seenText(counts)}, and none is left. ` +
        'Name others with --data, or take them all the same with --split all.',
    );
  const left = { ...learnt, images: rest, leftOut: counts };
  if (rest !== all) return { ...left, note: `left out: ${seenText(counts)}` };
  return { ...left, ...(undivided && { note: 'none of these pictures was seen in training' }) };
}

/** Picks the pictures that a classifier was trained or validated on, if there are any. */
function seenIn(all: Dataset, seen: SeenPictures, use: SeenIn): Dataset | undefined {
  const positions = sightings(seen)(contentsOf(all)).flatMap((one, i) => (one === use ? [i] : []));
  const name = `${all.name}, ${use === 'training' ? 'trained' : 'validated'} on`;
  return positions.length ? pick(all, positions, { name }) : undefined;
}

function trainedAmong(all: Dataset, seen: ReturnType<ReturnType<typeof sightings>>): Dataset {
  const positions = seen.flatMap((one, i) => (one === 'training' ? [i] : []));
  if (positions.length) return pick(all, positions, { name: `${all.name}, trained on` });
  throw new Error(`${all.name}: expected pictures that the classifier was trained on; it was trained on none of them.`);
}

function unknownText(division: Division | undefined): string {
  const how =
    division?.by === 'seed'
      ? ` Those tested here are the ${100 * division.testShare} % that seed ${division.seed} sets apart: this is right only if the training set the same ones apart.`
      : '';
  return (
    'it is not known which pictures this classifier was trained on (it was saved by an earlier version, or given away ' +
    `without its list), and those that it was trained on make it look better than it is.${how}`
  );
}
