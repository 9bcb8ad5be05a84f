import path from 'node:path';
import { ROOT } from '../project.ts';
import { fileExists, readText } from '../storage/files/read-file.ts';
import { ROWS } from './rows.ts';

/** Where the rows are kept, and their table for people. */
export const RECORDS = path.join(ROOT, 'docs/results.json');
export const DOCUMENT = path.join(ROOT, 'docs/results.md');

/** A row as it was made. */
export interface Record {
  readonly about: string;
  /** Mean of the seeds on all test images, 0..1, with the 95 % interval of one run. */
  readonly accuracy: number;
  readonly interval: readonly [low: number, high: number];
  readonly test: number;
  /** Training images; the choices were made on `validation` of them, which were then used for training as well. */
  readonly train: number;
  readonly validation: number;
  readonly seeds: readonly number[];
  /** Accuracy of each seed. */
  readonly each: readonly number[];
  /** What was chosen on the validation images. */
  readonly chosen?: string;
  /** How many numbers a row of features has. */
  readonly width: number;
  /** The bytes of the features. */
  readonly disk: number;
  /** How many features were there before the row was made: their seconds are not included. */
  readonly kept?: number;
  /** The seconds of each stage, all seeds together. */
  readonly seconds: Readonly<{ [stage: string]: number }>;
  /** The most memory that each process held. */
  readonly memoryMiB: { readonly notebook: number; readonly backbone: number };
  readonly hardware: string;
  readonly date: string;
  readonly commit: string;
}

export type Records = Readonly<{ [row: string]: Record }>;

export const readResults = async (): Promise<Records> =>
  fileExists(RECORDS) ? (JSON.parse(await readText(RECORDS)) as Records) : {};

const [BEGIN, END] = ['<!-- rows: npm run results -->', '<!-- end of the rows -->'];

/** Writes docs/results.md with the table of these rows between its two marks. */
export function withTable(records: Records, document: string): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${DOCUMENT}: expected the lines "${BEGIN}" and "${END}" in it.`);
  return `${before}${BEGIN}\n\n${resultsTable(records)}\n\n${END}${after}`;
}

/** Gives the rows that were made, in the order in which they are listed. */
export const inOrder = (records: Records): (readonly [name: string, record: Record])[] =>
  Object.keys(ROWS)
    .filter((name) => records[name])
    .map((name) => [name, records[name]]);

/** The original's line, as it describes itself; the accuracy is the mean of the 20 values that it printed. */
const ORIGINAL = [
  '',
  'the Keras notebook by its own protocol: VGG19 to `fc2`, raw RGB, 20 epochs of 12,500 draws, each read on 500 test images drawn at random',
  '81.0 % (20 readings of 77.4 to 85.2, each ± 3.4)',
  'none',
  'some 900 on a GPU',
  '',
  '',
];

/** Writes a line for the original, and one for each row that was made, in the order of the rows. */
export function resultsTable(records: Records): string {
  const head = ['`npm run results --`', 'what', 'test accuracy', 'seeds', 'seconds', 'peak memory', 'features'];
  const lines = inOrder(records).map(([name, record]) => [name, ...cells(record)]);
  return [head, head.map(() => '---'), ORIGINAL, ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function cells(record: Record): string[] {
  const { about, chosen, accuracy, interval, each, seeds, seconds, kept, memoryMiB, width, disk } = record;
  const percent = (share: number): string => (100 * share).toFixed(1);
  const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
  const stages = Object.entries(seconds).map(([stage, s]) => `${stage} ${whole(s)}`);
  const spread = each.length > 1 ? `; each ${each.map(percent).join(', ')}` : '';
  return [
    `${about}${chosen ? ` (${chosen})` : ''}`,
    `**${percent(accuracy)} %** (${interval.map(percent).join(' to ')}${spread})`,
    seeds.join(', '),
    `${stages.join(', ')}${kept ? `; ${whole(kept)} features were there before` : ''}`,
    `${whole(memoryMiB.notebook)} + ${whole(memoryMiB.backbone)} MiB`,
    `${width.toLocaleString('en-US')} numbers, ${whole(disk / 1e6)} MB`,
  ];
}
