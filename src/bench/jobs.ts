import path from 'node:path';
import { runGraft } from '../cluster/graft-process.ts';
import type { Report } from './report.ts';

interface TrainedRun {
  readonly seconds: Record<string, number>;
  readonly data: { readonly train: { readonly name: string }; readonly test: { readonly name: string } };
  readonly backbone: { readonly network: string; readonly cut: string };
  readonly engine: string;
}

/** Runs `graft train` from bytes to a tested head, and gives the seconds of its stages. */
export async function wholeJob(quick: boolean, folder: string): Promise<Report['stages']> {
  const size = quick
    ? ['--backbone', 'vgg19-mini', '--train', '200', '--test', '100', '--epochs', '2']
    : ['--train', '500', '--test', '200'];
  const kept = ['--cache', path.join(folder, 'job'), '--runs', path.join(folder, 'runs')];
  const { seconds, data, backbone, engine } = await runGraft<TrainedRun>(['train', ...size, ...kept]);
  const what = `graft train, ${data.train.name}, ${data.test.name}, ${backbone.network} to ${backbone.cut}, ${engine}`;
  return { what, seconds };
}
