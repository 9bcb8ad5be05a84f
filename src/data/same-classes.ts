import { listed } from '../text/listed.ts';
import type { Dataset } from './dataset.ts';

/** Pictures or features with labels: positions in class names. */
type Labelled = Pick<Dataset, 'name' | 'labels' | 'classNames'>;

/** An order of classes that labels of other sets are compared with. */
export interface ClassOrder {
  /** Whose order it is, in words. @default `the classes of` its name */
  readonly whose?: string;
  readonly name: string;
  readonly classNames: readonly string[];
  /** How many classes there are, if the last ones have no names. @default as many as there are names */
  readonly count?: number;
}

/**
 * Checks sets whose labels are compared as numbers against one order of classes: label 1 is another class if the order
 * differs, or if a class before it is missing. Without the last classes numbers mean the same.
 * @param what the set is for, named in errors
 * @throws RangeError naming both orders
 */
export function checkSameClasses(
  what: string,
  { name, whose = `the classes of ${name}`, classNames, count = classNames.length }: ClassOrder,
  of: Labelled,
): void {
  const odd = of.classNames.findIndex((one, k) => k < classNames.length && one !== classNames[k]);
  const beyond = odd < 0 && of.labels.some((label) => label >= count);
  if (odd < 0 && !beyond) return;
  // with long lists the position says more than the beginning
  const long = odd >= 0 && Math.max(of.classNames.length, classNames.length) > 12;
  const where = long ? ` Class ${odd} is ${classNames[odd]} in one and ${of.classNames[odd]} in the other.` : '';
  throw new RangeError(
    `${what}: expected ${whose} ${listed(classNames)}; ${of.name} has ${listed(of.classNames)}.${where} ` +
      'A label is a position in this list: bring both into one order; for pictures, use withClasses(pictures, classNames).',
  );
}

/** Checks every set that is given in the same way; the keys say what each is for. */
export function checkSameClassesIn(known: Labelled, others: Readonly<Record<string, Labelled | undefined>>): void {
  for (const [what, of] of Object.entries(others)) if (of) checkSameClasses(what, known, of);
}
