import path from 'node:path';
import type { Classifier } from '../classifier/classifier.ts';
import type { Description } from '../classifier/export/description.ts';
import type { RunRecord } from '../classifier/export/format.ts';
import { type Dataset, resizingOf } from '../data/dataset.ts';
import { checkSameClasses } from '../data/same-classes.ts';
import { checkOptions } from '../host/option-ranges.ts';
import type { Model } from '../models/model.ts';
import { shortPath } from '../project.ts';
import { makeFolderOf, replaceFile } from '../storage/files/replace-file.ts';
import type { Evaluation } from '../training/evaluation/evaluation.ts';
import { proportionText } from '../training/evaluation/interval.ts';
import { checkedModel, checkedText, classifierFor } from './checked-model.ts';
import type { PageFacts } from './facts.ts';
import { chooseNotSure, type NotSure } from './not-sure.ts';
import { checkPageFile } from './page-file.ts';
import { pageHtml } from './page-html.ts';
import { pageParts } from './page-parts.ts';
import { smallJpegOf } from './small-jpeg.ts';
import { taughtFigure } from './taught-figure.ts';
import { trainedPictures } from './trained-pictures.ts';

export interface PageOptions {
  /** What stands above it. @default the classes' names */
  readonly title?: string;
  /** The test of the classifier: the page says its accuracy with the interval. @default that of `run` */
  readonly test?: Evaluation;
  /** The record of the run that trained it, `run.json`. @default none */
  readonly run?: RunRecord;
  /** What a teaching page says of it, by `taughtFigure`, if nothing else was measured. @default that of a ZIP */
  readonly taught?: string;
  /** The classifier's answers on validation pictures, by which the threshold for "not sure" is chosen. */
  readonly validation?: Evaluation;
  /** The probability below which the page says "not sure", 0..1. @default chosen by `validation`; without it 0 */
  readonly notSure?: number;
  /** Files of pictures to click on; they are made small and lose their metadata. @default none */
  readonly examples?: readonly string[];
  /** How many training pictures lie in the page, so that it shows the nearest ones; 0 or more. @default 0 */
  readonly pictures?: number;
  /** The pictures that it was trained on, of which those are taken. */
  readonly trained?: Dataset;
  /** Chooses which of them. @default 1 */
  readonly seed?: number;
  /** Keeps weights as they are, instead of rounded to about 10 bits: larger, and the page answers as `predict`. @default false */
  readonly exact?: boolean;
  /** The backbone's weights, if a folder is given and they are no longer where they were. */
  readonly weights?: string;
}

/** A page that was written. */
export interface SavedPage {
  readonly kind: 'page';
  readonly file: string;
  readonly bytes: number;
  /** How far its graph is from `predict`, in probability, on three drawn pictures. */
  readonly difference: number;
  /** What it was compared with, in words. */
  readonly against: string;
  /** How many training pictures, and how many pictures to click on, lie in it. */
  readonly pictures: number;
  readonly examples: number;
  /** The probability below which it says "not sure". */
  readonly notSure: number;
  readonly remarks: readonly string[];
  /** Says all of it, over several lines. */
  toString(): string;
}

/**
 * Saves a classifier as one HTML file that classifies pictures wherever it is opened, offline too: they are dropped,
 * pasted, chosen or taken by a camera, and never leave the machine. Its graph is run once and compared with `predict`.
 * @param model a classifier, a model that was trained, or the folder of a saved classifier
 * @param file ends in `.html`; an earlier one is replaced
 * @throws Error if the backbone is too large for a page, or has a layer without a counterpart; RangeError if an
 * evaluation or the pictures have other classes; nothing is written then
 * @example
 * console.log(String(await savePage(model, 'results/classifier.html')));
 */
export async function savePage(model: Model | string, file: string, options: PageOptions = {}): Promise<SavedPage> {
  const { pictures = 0, trained, exact = false, run, examples = [], seed = 1 } = options;
  checkPageFile('savePage', file);
  checkOptions('savePage', { pictures, notSure: options.notSure, seed });
  if (pictures && !trained)
    throw new RangeError(
      'savePage: expected the pictures that it was trained on, { trained }, for { pictures }; got none.',
    );
  const classifier = await classifierFor(model, options);
  checkClasses(classifier, options);
  const taught = options.taught ?? (typeof model === 'string' ? await taughtFigure(model, classifier) : undefined);
  const made = await checkedModel(classifier, { exact, run, embedding: pictures > 0 });
  const { description, difference, against } = made;
  const notSure = thresholdOf(options);
  const facts: PageFacts = {
    title: options.title ?? titleOf(classifier.classNames),
    classNames: classifier.classNames,
    imageSize: classifier.imageSize,
    resizing: resizingOf(description.resizing),
    outputs: made.outputs,
    notSure: notSure.threshold,
    about: aboutLines(description, { ...options, taught }, notSure),
    examples: await Promise.all(
      examples.map(async (one) => ({ name: path.basename(one), jpeg: await smallJpegOf(one, EXAMPLE_SIDE) })),
    ),
    trained: pictures ? await trainedPictures(classifier, made.file, { trained: trained!, count: pictures, seed }) : [],
  };
  const html = Buffer.from(pageHtml(facts, made.file, await pageParts()), 'utf8');
  makeFolderOf(file);
  replaceFile(file, html);
  const { warning } = description.licence;
  const saved = {
    kind: 'page',
    file,
    bytes: html.length,
    difference,
    against,
    pictures: facts.trained.length,
    examples: facts.examples.length,
    notSure: facts.notSure,
    remarks: warning ? [warning] : [],
  } as const;
  const text = (): string => textOf(saved);
  return { ...saved, toString: text, [Symbol.for('nodejs.util.inspect.custom')]: text };
}

/** Refuses figures and pictures of other classes: they would be said of this classifier without a word. */
function checkClasses({ classNames }: Classifier, { test, validation, trained }: PageOptions): void {
  const known = { name: 'the classifier', classNames };
  for (const [what, judged] of Object.entries({ test, validation }))
    if (judged) checkSameClasses(what, known, { name: 'the evaluation', classNames: judged.classNames, labels: EMPTY });
  if (trained) checkSameClasses('trained', known, trained);
}

const EMPTY = new Int32Array(0);

/** The longer side of a picture to click on, in pixels. */
const EXAMPLE_SIDE = 480;

function thresholdOf({ notSure, validation }: PageOptions): NotSure {
  if (notSure !== undefined)
    return {
      threshold: notSure,
      why: notSure ? `Below a probability of ${Math.round(100 * notSure)} % it says “not sure”.` : 'It always answers.',
    };
  return validation
    ? chooseNotSure(validation)
    : { threshold: 0, why: 'It always answers, since no validation pictures chose a threshold for “not sure”.' };
}

/** Asks which of the classes it is: `daisy, rose or tulip?` */
function titleOf(classNames: readonly string[]): string {
  const names = classNames.slice(0, 5).map((name) => (name.length > 40 ? `${name.slice(0, 39)}…` : name));
  const more = classNames.length - names.length;
  const last = more ? `one of ${more} more` : names.pop()!;
  return `${names.join(', ')} or ${last}?`;
}

function aboutLines(description: Description, { test, run, taught }: PageOptions, { why }: NotSure): string[] {
  const { accuracy } = test ?? {};
  const figures = accuracy ?? (run?.test && { value: run.test.accuracy, interval: run.test.interval, n: run.test.n });
  return [
    figures
      ? `Of test pictures that it had not seen it named ${proportionText(figures)} rightly. Pictures unlike those that it learnt from it names as well, and wrongly.`
      : (taught ?? 'Nothing was measured that came with this page: test it on pictures whose class you know.'),
    why,
    `Network: ${description.backbone}; licence of its weights: ${description.licence.text}. Made by Graft ${description.graft}.`,
  ];
}

function textOf(page: Omit<SavedPage, 'toString'>): string {
  const count = (n: number, one: string, many: string): string => (n ? `${n} ${n === 1 ? one : many}` : `no ${one}`);
  return [
    `${shortPath(page.file)}: ${(page.bytes / 1e6).toFixed(1)} MB, opens in a browser, offline too`,
    checkedText(page),
    `holds ${count(page.pictures, 'training picture', 'training pictures')} and ${count(page.examples, 'picture to try', 'pictures to try')}` +
      (page.notSure ? `; “not sure” below ${Math.round(100 * page.notSure)} %` : ''),
    ...page.remarks.map((remark) => `note: ${remark}`),
  ].join('\n');
}
