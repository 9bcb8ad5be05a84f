import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createFeatures, type Features } from '../../features/features.ts';
import { useTensorFlow } from '../../host/tensorflow.ts';
import { KEY_BYTES, keyOf } from '../../storage/rows/keys.ts';
import { openReader, openRowSet } from '../../storage/rows/row-set.ts';
import { openWriter } from '../../storage/rows/row-writer.ts';
import { trainEpoch } from '../../training/steps/epoch.ts';
import { evaluate } from '../../training/evaluation/evaluate.ts';
import { judge } from '../../training/evaluation/judge.ts';
import type { Trainer } from '../../training/steps/trainer.ts';
import { type Cost, costOf } from '../cost.ts';
import { drawnHead, drawnRows } from '../drawn-head.ts';

/** Features that are drawn, and what is done with them. */
export interface RowsJob {
  readonly images: number;
  readonly features: number;
  readonly classes: number;
  readonly epochs?: number;
  readonly batchSize?: number;
}

/** How many rows are written or read at once. */
const BLOCK = 500;

/** Measures everything behind the backbone, step by step as in a training, on rows in a folder of its own. */
export async function measureRows({
  images,
  features: width,
  classes,
  epochs = 1,
  batchSize = 32,
}: RowsJob): Promise<Record<string, Cost>> {
  await useTensorFlow();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'graft-scaling-'));
  const costs: Record<string, Cost> = {};
  try {
    const keys = keysOf(images);
    const block = drawnRows(Math.min(BLOCK, images), width, 'bench/scaling');
    costs['write rows'] = await costOf(() => write(folder, keys, block, width), { once: true });
    costs['open the set'] = await costOf(() => openRowSet(folder, [width], 'auto'));
    const set = openRowSet(folder, [width], 'auto');
    costs['match keys'] = await costOf(() => set.index.find(keys));
    const of = featuresIn(set, keys, width, classes);
    costs['read rows'] = await costOf(() => readAll(of));

    const { head, softmax, tensorflow } = drawnHead(width, { classes });
    let trainer: Trainer | undefined;
    const open = async (): Promise<void> => void (trainer = (await softmax(of)) ?? (await tensorflow(of, 1)));
    costs['open the training'] = await costOf(open, { once: true });
    const pass = { train: of, batchSize, draws: undefined, seed: 1, epochs, rateAt: () => {}, signal: undefined };
    costs['train'] = await costOf(async () => {
      for (let epoch = 1; epoch <= epochs; epoch++) await trainEpoch(trainer!, epoch, pass);
    });
    trainer = undefined;
    costs['judge an epoch'] = await costOf(() => judge(head, of));
    costs['evaluate'] = await costOf(() => evaluate(head, of));
    of.close();
    return costs;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function keysOf(n: number): Uint8Array {
  const keys = new Uint8Array(n * KEY_BYTES);
  for (let i = 0; i < n; i++) keys.set(keyOf(`bench/scaling/${i}`), i * KEY_BYTES);
  return keys;
}

/** Writes the same rows again and again: what they hold costs nothing but to draw. */
function write(folder: string, keys: Uint8Array, block: Float32Array, width: number): void {
  const writer = openWriter(folder, [width]);
  const bytes = (block.length / width) * KEY_BYTES;
  for (let at = 0; at < keys.length; at += bytes) {
    const some = keys.subarray(at, at + bytes);
    writer.write(some, block.subarray(0, (some.length / KEY_BYTES) * width));
  }
  writer.close();
}

function featuresIn(set: ReturnType<typeof openRowSet>, keys: Uint8Array, width: number, classes: number): Features {
  const positions = set.index.find(keys);
  const reader = openReader(set);
  return createFeatures({
    id: `bench/scaling/${positions.length}/${width}/${classes}`,
    name: 'rows that are drawn',
    shape: [positions.length, width],
    labels: positions.map((_, i) => i % classes),
    classNames: Array.from({ length: classes }, (_, k) => `class ${k}`),
    views: 1,
    rows: (indices) => Promise.resolve(reader.read(Int32Array.from(indices, (i) => positions[i]))),
    close: () => reader.close(),
  });
}

async function readAll(of: Features): Promise<void> {
  const n = of.labels.length;
  for (let from = 0; from < n; from += BLOCK)
    await of.rows(Array.from({ length: Math.min(BLOCK, n - from) }, (_, i) => from + i));
}
