import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { Images } from '../data/images.ts';
import { makeFolder } from '../storage/replace-file.ts';
import { readSealed, writeSealed } from '../storage/sealed-json.ts';
import { ROOT } from '../project.ts';
import { cpuModel, useTensorFlow } from '../runtime/tensorflow.ts';
import { originOf } from '../models/origin.ts';
import type { History } from '../training/fit.ts';
import type { Proportion } from '../training/interval.ts';

/** What is written down of a training run, in `runs/<id>/run.json`. */
export interface Run {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly finished: string;
  /** What was asked for. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, { readonly name: string; readonly n: number; readonly hash: string }>>;
  readonly backbone: { readonly network: string; readonly cut: string; readonly weights: { readonly file: string; readonly bytes: number } | null };
  readonly engine: string;
  readonly hardware: { readonly cpu: string; readonly threads: number; readonly memoryGiB: number; readonly tensorflow: string };
  readonly versions: Readonly<Record<string, string | undefined>>;
  /** Seconds by stage. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly history: History;
  /** On the test images, which were not used for training or for choosing. */
  readonly test: { readonly accuracy: number; readonly interval: readonly [number, number]; readonly n: number; readonly loss: number };
}

export interface RunFacts {
  readonly options: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, Images | undefined>>;
  readonly backbone: tf.LayersModel;
  readonly engine: string;
  readonly seconds: Readonly<Record<string, number>>;
  readonly history: History;
  readonly test: { readonly accuracy: Proportion; readonly loss: number };
}

/** Writes a run down and returns what was written. */
export async function recordRun(facts: RunFacts, { folder = path.join(ROOT, 'runs') }: { readonly folder?: string } = {}): Promise<Run> {
  const finished = new Date().toISOString();
  const id = `${finished.slice(0, 19).replace(/[:T]/g, '-')}-${randomBytes(3).toString('hex')}`;
  const origin = originOf(facts.backbone);
  const { accuracy } = facts.test;
  const run: Run = {
    id,
    finished,
    options: facts.options,
    data: Object.fromEntries(
      Object.entries(facts.data).flatMap(([part, images]) => (images ? [[part, { name: images.name, n: images.shape[0], hash: images.hash }]] : [])),
    ),
    backbone: { network: origin?.network ?? facts.backbone.name, cut: facts.backbone.layers.at(-1)!.name, weights: origin?.weights ?? null },
    engine: facts.engine,
    hardware: {
      cpu: cpuModel(),
      threads: os.availableParallelism(),
      memoryGiB: Math.round(os.totalmem() / 2 ** 30),
      tensorflow: String(await useTensorFlow()),
    },
    versions: { node: process.versions.node, tfjs: tf.version.tfjs, graft: commit() },
    seconds: Object.fromEntries(Object.entries(facts.seconds).map(([stage, s]) => [stage, Math.round(s * 1000) / 1000])),
    history: facts.history,
    test: { accuracy: accuracy.value, interval: accuracy.interval, n: accuracy.n, loss: facts.test.loss },
  };
  makeFolder(path.join(folder, id));
  writeSealed(path.join(folder, id, 'run.json'), run);
  return run;
}

/** All runs written down, oldest first. A folder whose `run.json` is missing or damaged is left out. */
export function listRuns({ folder = path.join(ROOT, 'runs') }: { readonly folder?: string } = {}): Run[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((id) => {
      try {
        return [readSealed<Run>(path.join(folder, id, 'run.json'))];
      } catch {
        return [];
      }
    });
}

/** The project's commit, with a + where files differ from it; undefined outside git. */
export function commit(): string | undefined {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain') ? '+' : '');
  } catch {
    return undefined;
  }
}
