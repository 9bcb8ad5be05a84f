import * as Plot from '@observablehq/plot';
import { escapeHtml } from '../../text/html.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import type { FineTuneHistory } from '../../training/fine-tune.ts';
import type { Epoch, History } from '../../training/history.ts';
import { historyCaption } from '../frame/captions.ts';
import { COLOURS, type DrawOptions, percent, plotCard } from '../frame/card.ts';

export interface LearningCurveOptions extends DrawOptions {
  /** The epochs to come, so that a live curve keeps its axis. @default the epochs there are */
  readonly total?: number;
  /** The epochs of other trainings that are drawn beside this one: all get the same axes. @default none */
  readonly like?: readonly (readonly Epoch[])[];
  /** How many epochs the new layers train alone; a line says where the pretrained ones begin. @default as the history says */
  readonly headEpochs?: number;
}

/**
 * Draws loss and accuracy by epoch, training and validation.
 * @param of a history, as `fit` returns it, or its epochs so far; none gives empty axes
 * @returns HTML
 * @example
 * show(learningCurve(history));
 */
export function learningCurve(of: History | readonly Epoch[], options: LearningCurveOptions = {}): string {
  const history = 'kind' in of ? of : undefined;
  const epochs = history?.epochs ?? (of as readonly Epoch[]);
  const { total = epochs.length, document, like } = options;
  const { headEpochs } = { headEpochs: (history as Partial<FineTuneHistory> | undefined)?.headEpochs, ...options };
  checkOptions('learningCurve', { total, headEpochs });
  const said = lastEpoch(epochs);
  const caption = options.caption ?? (history ? historyCaption(history) : said);
  const halves = HALVES.map((half) => drawHalf(half, epochs, { total, headEpochs, said, document, like }));
  return (
    `<div style="background:#fff;color:#222;display:inline-block;max-width:100%;border-radius:6px">${halves.join('')}` +
    `<div style="font:12px system-ui,sans-serif;color:#555;padding:0 12px 10px;max-width:784px">` +
    `${escapeHtml(caption)}</div></div>`
  );
}

function lastEpoch(epochs: readonly Epoch[]): string {
  const last = epochs.at(-1);
  if (!last) return 'no epoch yet';
  const validation =
    last.valLoss === undefined
      ? ''
      : `; validation loss ${last.valLoss.toFixed(3)}, accuracy ${percent(last.valAccuracy!)}`;
  return `epoch ${last.epoch}: training loss ${last.loss.toFixed(3)}, accuracy ${percent(last.accuracy)}${validation}`;
}

type Series = 'training' | 'validation';

interface Half {
  readonly what: 'loss' | 'accuracy';
  readonly label: string;
  /** Writes the value. */
  text(value: number): string;
  /** Gives an epoch's value; undefined if it was not measured. */
  at(epoch: Epoch, of: Series): number | undefined;
}

const HALVES: readonly Half[] = [
  {
    what: 'loss',
    label: 'cross-entropy (nats)',
    text: (value) => value.toFixed(3),
    at: ({ loss, valLoss }, of) => (of === 'training' ? loss : valLoss),
  },
  {
    what: 'accuracy',
    label: 'accuracy (%)',
    text: (value) => `${value.toFixed(1)} %`,
    at({ accuracy, valAccuracy }, of) {
      const share = of === 'training' ? accuracy : valAccuracy;
      return share === undefined ? undefined : 100 * share;
    },
  },
];

interface Row {
  readonly epoch: number;
  readonly value: number;
  readonly of: Series;
}

interface Drawing extends Pick<LearningCurveOptions, 'headEpochs' | 'document' | 'like'> {
  readonly total: number;
  readonly said: string;
}

function drawHalf(
  { what, label, text, at }: Half,
  epochs: readonly Epoch[],
  { total, headEpochs = 0, said, document, like = [] }: Drawing,
): string {
  const rowsIn = (some: readonly Epoch[], of: Series): Row[] =>
    some.flatMap((epoch) => {
      const value = at(epoch, of);
      return value === undefined ? [] : [{ epoch: epoch.epoch, value, of }];
    });
  const rowsOf = (of: Series): Row[] => rowsIn(epochs, of);
  const others = like.flatMap((some) => [...rowsIn(some, 'training'), ...rowsIn(some, 'validation')]);
  const shared = others.map(({ value }) => value);
  const lines = [rowsOf('training'), rowsOf('validation')].filter((line) => line.length);
  const values = lines.flat().map(({ value }) => value);
  const ends = lines.map((line) => line.at(-1)!);
  // two lines that end close together have their names moved apart
  const height = span(what === 'loss' ? [0, ...values] : values);
  const close = ends.length === 2 && Math.abs(ends[0].value - ends[1].value) < 0.08 * height; // a line of text
  const upper = ends.reduce<Row | undefined>((most, end) => (most && most.value >= end.value ? most : end), undefined);
  const last = Math.max(2, total);
  const begins = headEpochs && headEpochs < last ? pretrainedFrom(headEpochs, last) : [];
  const marks = lines.flatMap((line) => {
    const end = line.at(-1)!;
    const fill = COLOURS[end.of];
    const title = ({ epoch, of, value }: Row): string => `epoch ${epoch}, ${of}: ${text(value)}`;
    const dy = close ? (end === upper ? -7 : 7) : 0;
    return [
      Plot.lineY(line, { x: 'epoch', y: 'value', stroke: fill, strokeWidth: 2 }),
      Plot.dot(line, { x: 'epoch', y: 'value', fill, r: line.length > 30 ? 0 : 2.5, title }),
      Plot.text([end], { x: 'epoch', y: 'value', text: 'of', fill, textAnchor: 'start', dx: 7, dy }),
    ];
  });
  return plotCard(
    {
      width: 380,
      height: 240,
      marginRight: 76,
      marginLeft: 46,
      ...(begins.length && { marginTop: 50 }), // a line of words above the frame
      x: { label: 'epoch', domain: [1, last], ticks: wholeTicks(last), tickFormat: 'd' },
      y: {
        label,
        grid: true,
        nice: true,
        ...(what === 'loss' && { zero: true }),
        ...(shared.length && { domain: [what === 'loss' ? 0 : Math.min(...shared), Math.max(...shared)] }),
      },
      marks: [...begins, ...marks],
    },
    { title: what === 'loss' ? 'Loss' : 'Accuracy', alt: `${what} by epoch; ${said}`, document },
  );
}

/** Marks where the pretrained layers begin to train, with its words on the side that has more room. */
function pretrainedFrom(headEpochs: number, last: number): Plot.Markish[] {
  const left = headEpochs > last / 2;
  const [at, fill] = [headEpochs + 0.5, COLOURS.neutral];
  const [words, textAnchor, dx] = left
    ? (['pretrained layers too →', 'end', -4] as const)
    : (['→ pretrained layers too', 'start', 4] as const);
  return [
    Plot.ruleX([at], { stroke: fill, strokeDasharray: '3 3' }),
    Plot.text([words], { x: () => at, frameAnchor: 'top', textAnchor, fill, dx, dy: -21 }),
  ];
}

/** Gives 1, 3, 5 … up to `last`: at most ten whole numbers. */
const wholeTicks = (last: number): number[] => {
  const step = Math.ceil(last / 10);
  return Array.from({ length: Math.floor((last - 1) / step) + 1 }, (_, i) => 1 + i * step);
};

const span = (values: readonly number[]): number =>
  values.length ? Math.max(...values) - Math.min(...values) || 1 : 1;
