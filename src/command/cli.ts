import { copyFile, open, rename } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { downloadCifar10 } from '../data/cifar10.ts';
import type { DownloadProgress } from '../storage/download.ts';
import { take } from '../data/images.ts';
import { DATA_NAMES, type DataName, defaultData, loadImages } from '../data/load.ts';
import { subset } from '../data/subset.ts';
import { listCache, pruneCache } from '../storage/cache.ts';
import { CALIBRATION } from '../runtime/calibrate.ts';
import { ENGINES, type EngineName } from '../runtime/engine.ts';
import { extractFeatures } from '../features/extract.ts';
import { BYTES, type Dtype, DTYPES, npyHeader } from '../storage/npy.ts';
import { type Precision, PRECISIONS } from '../runtime/precision.ts';
import type { Features } from '../features/read.ts';
import { type Kernel, KERNELS } from '../pixels/interpolation.ts';
import { PREPROCESSING, type Preprocessing } from '../pixels/preprocess.ts';
import { duration, progressBar } from '../host/progress.ts';
import { dataFolder, shortPath } from '../project.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { loadClassifier, saveClassifier } from '../classifier/saved.ts';
import { trainClassifier } from '../experiments/train.ts';
import { proportionText } from '../training/interval.ts';
import { predict } from '../classifier/predict.ts';
import { NETWORK_NAMES, type NetworkName } from '../models/networks.ts';
import { defaultNetwork, downloadWeights } from '../models/weights-files.ts';
import { loadNetwork } from '../models/network.ts';
import { cutAt, defaultCut, freeze } from '../models/surgery.ts';

/** A flag of a command. */
export interface Flag {
  readonly type: 'string' | 'number' | 'boolean';
  readonly help: string;
  readonly choices?: readonly string[];
}

export interface Command {
  readonly usage: string;
  readonly about: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly examples: readonly string[];
  run(values: Values, positionals: string[], signal: AbortSignal): Promise<Result>;
}

export type Values = Readonly<Record<string, string | number | boolean | undefined>>;

/** What a command prints: text for people, or the object with --json. */
export interface Result {
  readonly text: string;
  readonly json: unknown;
}

/** A mistake of the caller's: no stack, exit code 2. */
export class UsageError extends Error {}

const string = (help: string, choices?: readonly string[]): Flag => ({ type: 'string', help, choices });
const number = (help: string): Flag => ({ type: 'number', help });
const boolean = (help: string): Flag => ({ type: 'boolean', help });

const backboneFlags = {
  data: string('images (default: cifar10 where it is found, else the sample of it that comes with the project)', DATA_NAMES),
  backbone: string('network (default: vgg19 where its weights are found, else vgg16)', NETWORK_NAMES),
  cut: string("the backbone's last layer, like fc2 or block5_pool (default: fc2, or without the top the last pool)"),
  kernel: string('how images are upscaled (default: bicubic)', KERNELS),
  preprocess: string('what the network sees (default: what it was trained with)', PREPROCESSING),
  engine: string('what runs the backbone (default: auto)', ['auto', ...ENGINES]),
  precision: string('of the backbone; int8 is about four times as fast on a CPU with VNNI', ['auto', ...PRECISIONS]),
  dtype: string('what features are kept as (default: float16 where it holds them, in `graft features` float32)', ['auto', ...DTYPES]),
  cache: string('where features are kept (default: data/features)'),
  seed: number('of the choice of images, the initial weights, the order and dropout (default: 1)'),
} satisfies Record<string, Flag>;

export const COMMANDS: Record<string, Command> = {
  download: {
    usage: 'graft download [cifar10] [vgg19] [vgg16] [--no-top]',
    about: 'Downloads data and weights from their homes to data/, verifies them, and goes on where it broke off. Without names: cifar10 and vgg19.',
    flags: { 'no-top': boolean('weights without the fully connected layers (80 instead of 575 MB for VGG19)') },
    examples: ['graft download', 'graft download vgg16 --no-top'],
    async run(values, names, signal) {
      const wanted = names.length ? names : ['cifar10', 'vgg19'];
      const choices = ['cifar10', 'vgg19', 'vgg16'];
      const unknown = wanted.find((name) => !choices.includes(name));
      if (unknown) throw new UsageError(`expected ${choices.join(', ')}; got "${unknown}".`);
      const files: Record<string, string> = {};
      for (const name of wanted) {
        const bar = progressBar('MB');
        const onProgress = ({ file, received, total }: DownloadProgress): void =>
          bar({ label: file, done: Math.floor(received / 1e6), total: Math.ceil((total ?? received + 1e6) / 1e6) });
        files[name] =
          name === 'cifar10'
            ? await downloadCifar10({ onProgress, signal })
            : await downloadWeights(name as NetworkName, { top: !values['no-top'], onProgress, signal });
      }
      return { text: Object.entries(files).map(([name, file]) => `${name}: ${shortPath(file)}`).join('\n'), json: files }; // prettier-ignore
    },
  },

  features: {
    usage: 'graft features [--data NAME] [--backbone NAME] [--cut LAYER] [--limit N] [--out FILE.npy]',
    about: 'Runs the frozen backbone once over a set of images and keeps its outputs, which later runs find there.',
    flags: {
      ...backboneFlags,
      split: string('which images (default: train)', ['train', 'test']),
      limit: number('only the first N images, in the order of the files'),
      size: number('a seeded, stratified part of N images'),
      'batch-size': number('images a batch (default: 8)'),
      out: string('also writes the features [N, …] to this .npy file'),
    },
    examples: ['graft features --data cifar10 --split test --limit 256 --backbone vgg16 --cut block5_pool --kernel bicubic --out F.npy'],
    async run(values, _, signal) {
      const data = (values.data as DataName | undefined) ?? defaultData();
      const wanted = (values.limit ?? values.size) as number | undefined;
      if (values.limit !== undefined && values.size !== undefined) throw new UsageError('expected --limit or --size, not both.');
      await useTensorFlow();
      let images = await loadImages(data, (values.split as 'train' | 'test' | undefined) ?? 'train', { size: wanted });
      if (values.size !== undefined) images = subset(images, { size: values.size as number, seed: values.seed as number | undefined });
      else if (values.limit !== undefined) images = take(images, values.limit as number);
      const model = await loadNetwork((values.backbone as NetworkName | undefined) ?? defaultNetwork());
      const cut = (values.cut as string | undefined) ?? defaultCut(model);
      // exact unless asked otherwise: the file may go anywhere
      const precision = (values.precision as Precision | 'auto' | undefined) ?? 'float32';
      const seed = values.seed as number | undefined;
      const calibration = precision === 'float32' ? undefined : subset(await loadImages(data, 'train', { size: CALIBRATION }), { size: CALIBRATION, seed });
      const features = await extractFeatures(freeze(cutAt(model, cut)), images, {
        ...extractOptions(values),
        precision,
        dtype: (values.dtype as Dtype | 'auto' | undefined) ?? 'float32',
        calibration,
        batchSize: values['batch-size'] as number | undefined,
        onProgress: progressBar(),
        signal,
      });
      const out = values.out as string | undefined;
      if (out) await copyRows(features, out);
      const json = {
        shape: features.shape,
        file: out ?? features.file,
        images: images.name,
        cached: features.cached,
        seconds: features.seconds,
        engine: features.engine,
        peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
      };
      return { json, text: `features [${features.shape.join(', ')}] of ${images.name}: ${shortPath(json.file)}` };
    },
  },

  cache: {
    usage: 'graft cache [--older-than DAYS] [--max-size GB]',
    about: 'Lists the features that are kept: what they belong to, size, last use. With a limit it removes what lies beyond it.',
    flags: {
      cache: backboneFlags.cache,
      'older-than': number('removes what no run has used for so many days'),
      'max-size': number('removes what was used longest ago until so many GB are left'),
    },
    examples: ['graft cache', 'graft cache --older-than 30', 'graft cache --max-size 5'],
    run(values) {
      const root = (values.cache as string | undefined) ?? path.join(dataFolder(), 'features');
      const [days, size] = [values['older-than'], values['max-size']] as (number | undefined)[];
      const pruning = days !== undefined || size !== undefined;
      const removed = pruning ? pruneCache(root, { olderThanDays: days, maxBytes: size === undefined ? undefined : size * 1e9 }) : [];
      const kept = listCache(root);
      const line = ({ manifest, bytes, lastUse, folder }: (typeof kept)[number]): string => {
        const what = manifest
          ? `${String(manifest.network)} to ${String(manifest.cut)}, ${String(manifest.precision)}, ${String(manifest.kernel)}; ${String(manifest.about ?? manifest.images)}`
          : 'manifest not readable';
        return `${gigabytes(bytes).padStart(9)}  ${lastUse.toISOString().slice(0, 16).replace('T', ' ')}  ${what}  (${path.basename(folder)})`;
      };
      const total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
      const text = [
        ...removed.map((entry) => `removed ${line(entry)}`),
        ...kept.map(line),
        `${kept.length} sets of features, ${gigabytes(total)}, in ${shortPath(root)}`,
      ];
      return Promise.resolve({ text: text.join('\n'), json: { kept, removed, bytes: total } });
    },
  },

  train: {
    usage: 'graft train [--data NAME] [--backbone NAME] [--cut LAYER] [--train N] [--test N] [--epochs N] [--save FOLDER]',
    about: 'Trains a classifier on the backbone’s features, tests it on images not seen before, and writes the run down.',
    flags: {
      ...backboneFlags,
      train: number('training images (default: 2500)'),
      test: number('test images (default: 1000)'),
      validation: number('validation images, from the training images left over (default: a tenth of --train)'),
      epochs: number('times every image is seen (default: 20)'),
      dropout: number('share of features dropped in each step (default: 0.5)'),
      'batch-size': number('images a step (default: 32)'),
      'learning-rate': number('(default: for adam 0.001, or less where features are large; for sgd 0.01)'),
      optimizer: string('(default: adam)', ['adam', 'sgd']),
      patience: number('ends when the validation loss has not fallen for so many epochs'),
      'restore-best': boolean('goes back to the epoch with the lowest validation loss'),
      save: string('saves the classifier to this folder'),
      'include-backbone': boolean('copies the backbone’s weights there as well'),
      runs: string('where the run is written down (default: runs)'),
    },
    examples: [
      'graft train',
      'graft train --data cifar10 --backbone vgg16 --cut block5_pool --train 12500 --test 10000 --epochs 20 --precision float32 --seed 1 --json',
      'graft train --dropout 0.3 --save results/classifier',
    ],
    async run(values, _, signal) {
      const bars = new Map<string, ReturnType<typeof progressBar>>();
      const epochs = (values.epochs as number | undefined) ?? 20;
      const training = progressBar('epochs');
      const { run, classifier } = await trainClassifier({
        ...extractOptions(values),
        data: values.data as DataName | undefined,
        backbone: values.backbone as NetworkName | undefined,
        cut: values.cut as string | undefined,
        train: values.train as number | undefined,
        test: values.test as number | undefined,
        validation: values.validation as number | undefined,
        dropout: values.dropout as number | undefined,
        epochs,
        batchSize: values['batch-size'] as number | undefined,
        learningRate: values['learning-rate'] as number | undefined,
        optimizer: values.optimizer as 'adam' | 'sgd' | undefined,
        patience: values.patience as number | undefined,
        restoreBest: values['restore-best'] as boolean | undefined,
        seed: values.seed as number | undefined,
        runs: values.runs as string | undefined,
        signal,
        onProgress(p) {
          if (!bars.has(p.label)) bars.set(p.label, progressBar());
          bars.get(p.label)!(p);
        },
        onEpoch(e) {
          const validation = e.valAccuracy === undefined ? '' : `, validation ${(100 * e.valAccuracy).toFixed(1)} %`;
          training({
            label: 'training',
            done: e.epoch,
            total: epochs,
            note: `loss ${e.loss.toFixed(3)}, accuracy ${(100 * e.accuracy).toFixed(1)} %${validation}`,
          });
        },
      });
      const folder = values.save as string | undefined;
      if (folder) await saveClassifier(classifier, folder, { includeBackbone: values['include-backbone'] === true });
      const { test } = run;
      const stages = Object.entries(run.seconds).map(([stage, s]) => `${stage} ${duration(s)}`).join(', '); // prettier-ignore
      const text = [
        `test accuracy ${proportionText({ value: test.accuracy, interval: test.interval, n: test.n })}`,
        `${run.data.train.name}; ${run.backbone.network} to ${run.backbone.cut}; dropout ${String(run.options.dropout)}; seed ${String(run.options.seed)}`,
        `${stages}; ${run.engine}; ${run.hardware.cpu}, ${run.hardware.threads} threads`,
        `written down in ${shortPath(`${(values.runs as string | undefined) ?? 'runs'}/${run.id}/run.json`)}${folder ? `; classifier in ${shortPath(folder)}` : ''}`,
      ].join('\n');
      return { text, json: { accuracy: test.accuracy, ...run } };
    },
  },

  predict: {
    usage: 'graft predict --classifier FOLDER PICTURE…',
    about: 'Classifies image files of any size and format that sharp reads.',
    flags: {
      classifier: string('a folder that `graft train --save` made (default: results/classifier)'),
      weights: string("the backbone's weights, where they are no longer where they were"),
      top: number('classes to show for each picture (default: 3)'),
    },
    examples: ['graft predict --classifier results/classifier cat.jpg dog.png', 'graft predict photo.webp --json'],
    async run(values, files) {
      if (!files.length) throw new UsageError('expected one picture or more.');
      const top = (values.top as number | undefined) ?? 3;
      await useTensorFlow();
      const classifier = await loadClassifier((values.classifier as string | undefined) ?? 'results/classifier', {
        weights: values.weights as string | undefined,
      });
      const predictions = await predict(classifier, files);
      const text = predictions.map(({ file, ranking }) => {
        const best = ranking.slice(0, top).map(({ className, probability }) => `${className} ${(100 * probability).toFixed(1)} %`);
        return `${file}: ${best.join(', ')}`;
      });
      return { text: text.join('\n'), json: predictions.map((p) => ({ ...p, ranking: p.ranking.slice(0, top) })) };
    },
  },
};

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e8 ? 3 : 2)} GB`;

const extractOptions = (
  values: Values,
): { kernel?: Kernel; preprocess?: Preprocessing; engine?: EngineName | 'auto'; precision?: Precision | 'auto'; dtype?: Dtype | 'auto'; cache?: string } => ({
  kernel: values.kernel as Kernel | undefined,
  preprocess: values.preprocess as Preprocessing | undefined,
  engine: values.engine as EngineName | 'auto' | undefined,
  precision: values.precision as Precision | 'auto' | undefined,
  dtype: values.dtype as Dtype | 'auto' | undefined,
  cache: values.cache as string | undefined,
});

/**
 * Runs the `graft` command.
 * @param args what stands behind `graft`
 * @returns the exit code: 0, 1 for a failure, 2 for a mistake in the arguments, 130 or 143 when interrupted
 */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (!name || name === '--help' || name === '-h' || name === 'help') {
    console.log(overview());
    return name ? 0 : 2;
  }
  const command = COMMANDS[name];
  if (!command) {
    console.error(`graft: expected one of ${Object.keys(COMMANDS).join(', ')}; got "${name}".`);
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(help(command));
    return 0;
  }
  const controller = new AbortController();
  let code = 0;
  const stop = (signal: NodeJS.Signals): void => {
    code = signal === 'SIGINT' ? 130 : 143;
    console.error(`\n${signal}: ending after the batch in flight; what is done is kept.`);
    controller.abort(new Error('interrupted'));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    const { values, positionals } = parseArguments(command, rest);
    const result = await command.run(values, positionals, controller.signal);
    console.log(values.json ? JSON.stringify(result.json, null, 2) : result.text);
    return code;
  } catch (error) {
    if (code) return code;
    const usage = error instanceof UsageError;
    console.error(`graft ${name}: ${(error as Error).message}${usage ? `\nusage: ${command.usage}` : ''}`);
    if (process.env.GRAFT_DEBUG) console.error(error);
    return usage ? 2 : 1;
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
}

/** @throws UsageError naming the flag, with what was expected */
export function parseArguments(command: Pick<Command, 'flags'>, args: string[]): { values: Values; positionals: string[] } {
  const flags: Record<string, Flag> = { ...command.flags, json: boolean('prints JSON') };
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { type }]) => [name, { type: type === 'boolean' ? ('boolean' as const) : ('string' as const) }]),
  );
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const values: Record<string, string | number | boolean | undefined> = {};
  for (const [name, value] of Object.entries(parsed.values)) {
    const { type, choices } = flags[name];
    if (choices && !choices.includes(value as string)) throw new UsageError(`--${name}: expected one of ${choices.join(', ')}; got "${String(value)}".`);
    if (type === 'number' && (value === '' || !Number.isFinite(Number(value)))) throw new UsageError(`--${name}: expected a number; got "${String(value)}".`);
    values[name] = type === 'number' ? Number(value) : value;
  }
  return { values, positionals: parsed.positionals };
}

const overview = (): string =>
  [
    'usage: graft COMMAND [flags]',
    '',
    ...Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(10)}${about}`),
    '',
    '`graft COMMAND --help` lists the flags, with examples.',
  ].join('\n');

function help(command: Command): string {
  const flags = Object.entries({ ...command.flags, json: boolean('prints JSON') }).map(([name, { type, help: text, choices }]) => {
    const value = type === 'boolean' ? '' : choices ? ` ${choices.join('|')}` : type === 'number' ? ' N' : ' …';
    return `  --${name}${value}\n        ${text}`;
  });
  return [`usage: ${command.usage}`, '', command.about, '', ...flags, '', 'examples:', ...command.examples.map((example) => `  ${example}`)].join('\n');
}

/** Copies just the rows asked for: the kept file may hold more, or be growing. */
async function copyRows({ file, shape, dtype }: Features, out: string): Promise<void> {
  const header = npyHeader(shape, dtype);
  const temporary = `${out}.${process.pid}.tmp`;
  await copyFile(file, temporary);
  const handle = await open(temporary, 'r+');
  try {
    await handle.truncate(header.length + shape.reduce((a, b) => a * b, BYTES[dtype]));
    await handle.write(header, 0, header.length, 0);
  } finally {
    await handle.close();
  }
  await rename(temporary, out);
}
