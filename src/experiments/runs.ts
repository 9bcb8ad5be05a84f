import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { Finding } from '../data/pictures/findings.ts';
import type { Division, Photos } from '../data/photos.ts';
import { commit } from '../host/commit.ts';
import { cpuModel } from '../host/machine.ts';
import { ownOf } from '../host/own.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { OLD_NAMES } from '../options/old-names.mjs';
import { runsFolder } from '../project.ts';
import type { HubFile } from '../storage/hub/cache.ts';
import { isUri } from '../storage/places/place.ts';
import { makeFolder, replaceFile } from '../storage/files/replace-file.ts';
import { listFolder, readSealed, writeSealed } from '../storage/files/sealed-json.ts';
import { writeFolder } from '../storage/places/send-folder.ts';
import { csvLine } from '../storage/files/write-csv.ts';
import type { Evaluation } from '../training/evaluation/evaluation.ts';
import type { TriedBackbones, BackboneTrial } from './cross-validation/backbone-choice.ts';
import { type TestFigures, testFigures } from './test-figures.ts';
import type { DataFacts, HeadChoice, History } from '../training/history.ts';

/** What is written down about a training run, in `runs/<id>/run.json`. */
export interface Run {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly finished: string;
  /** The options that were given. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, { readonly name: string; readonly n: number; readonly hash: string }>>;
  /**
   * For a user's own photos: what was wrong with them, and who divided them; a seed's division is in `division.csv`.
   */
  readonly pictures?: {
    readonly source: string;
    readonly read: number;
    readonly leftOut: number;
    readonly findings: readonly Finding[];
    readonly division: Division;
  };
  readonly backbone: {
    readonly network: string;
    readonly cut: string;
    readonly weights: { readonly file: string; readonly bytes: number } | null;
    readonly id?: string;
    readonly precision?: string;
    /** Names the ranges of an 8-bit backbone. */
    readonly calibration?: string;
    /** The ONNX file, if it is one; if it is from a hub, with its commit. */
    readonly file?: { readonly sha256: string; readonly pooling: string; readonly hub?: HubFile };
  };
  readonly engine: string;
  readonly hardware: {
    readonly cpu: string;
    readonly threads: number;
    readonly memoryGiB: number;
    readonly tensorflow: string;
  };
  readonly versions: Readonly<Record<string, string | undefined>>;
  /** Seconds by stage. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly history: Pick<History, 'epochs' | 'learningRate' | 'best' | 'stopped' | 'seconds'>;
  /** Which kind of head was taken and why; absent in records of earlier versions, whose heads are softmax. */
  readonly head?: HeadChoice;
  /** The backbones that were compared for `backbone: 'auto'`, and why one was taken. */
  readonly compared?: {
    readonly backbone: string;
    readonly why: string;
    readonly basis: string;
    readonly trials: readonly Omit<BackboneTrial, 'right'>[];
  };
  /** The test on images that were not used for training or for choosing. */
  readonly test: TestFigures;
}

export interface RecordOptions {
  /** Where runs are written down: a folder or `s3://bucket/prefix`. @default `runs` */
  readonly folder?: string;
  /** Seconds of further stages, by name. */
  readonly seconds?: Readonly<Record<string, number>>;
  /** Where the pictures came from, if they are one's own photos. */
  readonly pictures?: Photos;
  /** Which kind of head was taken, if the history does not say. */
  readonly head?: HeadChoice;
  /** What `backbone: 'auto'` compared. */
  readonly compared?: TriedBackbones;
  /** Further options that were given. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/**
 * Writes a training down: what was trained, on what and how, is read from the objects that ran.
 * @param history as `fit` returned it
 * @param test as `evaluate` returned it for the same head, not trained any further
 * @returns what was written
 * @throws Error if the evaluation is of another head
 * @example
 * const run = await recordRun(history, evaluation, { options: { dropout: 0.5 } });
 */
export async function recordRun(history: History, test: Evaluation, options: RecordOptions = {}): Promise<Run> {
  const { of } = history;
  if (of.head !== test.of.head)
    throw new Error(
      `recordRun: expected the evaluation of the head that was trained (${of.layers}); got that of another one, or it was trained further since. ` +
        'Run `evaluate` again after `fit`.',
    );
  const { folder = runsFolder(), seconds = {} } = options;
  const finished = new Date().toISOString();
  const id = `${finished.slice(0, 19).replace(/[:T]/g, '-')}-${crypto.randomUUID().slice(0, 6)}`;
  const data = { train: of.train, validation: of.validation, test: test.of.test };
  const origin = of.train.origin;
  const { epochs, learningRate, best, stopped } = history;
  const chosen = of.chosen ?? options.head;
  const run: Run = {
    id,
    finished,
    options: {
      ...options.options,
      ...of.options,
      ...backboneOptions(of.train),
      ...(chosen?.head !== 'regression' && { dropout: of.dropout }),
      ...(of.l2 && { l2: of.l2 }),
      head: chosen?.head ?? 'softmax',
      layers: of.layers,
    },
    data: Object.fromEntries(Object.entries(data).flatMap(([part, facts]) => (facts ? [[part, sourceOf(facts)]] : []))),
    ...(options.pictures && { pictures: factsOf(options.pictures) }),
    backbone: {
      network: origin?.backbone.network ?? 'features from elsewhere',
      cut: origin?.backbone.cut ?? '',
      weights: origin?.backbone.weights ?? null,
      ...(origin && {
        id: origin.backbone.id,
        precision: origin.backbone.precision,
        calibration: origin.backbone.calibration,
        ...(origin.backbone.file && { file: origin.backbone.file }),
      }),
    },
    engine: origin?.engine ?? '',
    hardware: {
      cpu: cpuModel(),
      threads: os.availableParallelism(),
      memoryGiB: Math.round(os.totalmem() / 2 ** 30),
      tensorflow: String(await useTensorFlow()),
    },
    versions: { node: process.versions.node, tfjs: tf.version.tfjs, graft: commit() },
    seconds: rounded({
      ...seconds,
      features: seconds.features ?? origin?.seconds ?? 0,
      training: seconds.training ?? history.seconds,
    }),
    history: { epochs, learningRate, best, ...(stopped && { stopped }), seconds: history.seconds },
    ...(chosen && { head: chosen }),
    ...(options.compared && { compared: choiceFacts(options.compared) }),
    test: testFigures(test),
  };
  await writeFolder(isUri(folder) ? `${folder}/${id}` : path.join(folder, id), 'run.json', (own) => {
    makeFolder(own);
    if (options.pictures?.division.by === 'seed')
      replaceFile(path.join(own, 'division.csv'), divisionTable(options.pictures));
    writeSealed(path.join(own, 'run.json'), run);
  });
  return run;
}

const factsOf = ({ findings, division }: Photos): Run['pictures'] => {
  const { source, pictures: read, leftOut, rows } = findings;
  return { source, read, leftOut, findings: rows, division };
};

const choiceFacts = ({ backbone, why, basis, trials }: TriedBackbones): Run['compared'] => ({
  ...{ backbone, why, basis },
  trials: trials.map(({ right: _, ...trial }) => trial),
});

/** Writes which picture is on which side, as a table that can be read as data again: path, label, split. */
function divisionTable({ train, validation, test }: Photos): string {
  const rows = Object.entries({ train, validation, test }).flatMap(([split, of]) =>
    Array.from(of?.labels ?? [], (label, i) => [of!.fileAt!(i), of!.classNames[label], split]),
  );
  return [['path', 'label', 'split'], ...rows].map(csvLine).join('');
}

const sourceOf = ({ name, n, id, views, origin }: DataFacts): { name: string; n: number; hash: string } => ({
  name: origin && views === 1 ? origin.data.name : name,
  n,
  hash: origin && views === 1 ? origin.data.id : id,
});

const backboneOptions = ({ origin }: DataFacts): Record<string, unknown> => {
  if (!origin) return {};
  const { network, cut, interpolation, preprocess, inputSize, precision } = origin.backbone;
  return { backbone: network, cut, interpolation, preprocess, inputSize, precision };
};

const rounded = (seconds: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(seconds).map(([stage, s]) => [stage, Math.round(s * 1000) / 1000]));

/**
 * Lists all runs that are written down, oldest first; those at `s3://…` after `await bringFolder('s3://…')`. A folder
 * whose `run.json` is missing or damaged is left out.
 * @example
 * const runs = listRuns();
 */
export function listRuns({ folder = runsFolder() }: { readonly folder?: string } = {}): Run[] {
  return listFolder(folder).flatMap((id) => {
    try {
      return [withPresentNames(readSealed<Run>(path.join(folder, id, 'run.json')))];
    } catch {
      return [];
    }
  });
}

/** Gives options their present names, if a run was written down with old ones: `head` was the layers in words. */
function withPresentNames(run: Run): Run {
  const { head, ...options } = Object.fromEntries(
    Object.entries(run.options).map(([name, value]) => [ownOf(OLD_NAMES, name) ?? name, value]),
  );
  const now =
    'layers' in options || head === undefined
      ? { ...(head !== undefined && { head }) }
      : { head: 'softmax', layers: head };
  return { ...run, options: { ...options, ...now } };
}
