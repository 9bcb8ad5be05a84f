import type { BackboneComparison } from '../../analysis/compare-backbones.ts';
import type { Classifier } from '../../classifier/classifier.ts';
import type { Exported } from '../../classifier/export/export-classifier.ts';
import type { SavedPage } from '../../page/save-page.ts';
import type { Dataset } from '../../data/dataset.ts';
import type { Findings } from '../../data/pictures/findings.ts';
import type { Photos } from '../../data/photos.ts';
import type { SweepResult } from '../../experiments/sweep.ts';
import type { Features } from '../../features/features.ts';
import type { Backbone } from '../../models/backbone.ts';
import type { Evaluation } from '../../training/evaluation/evaluation.ts';
import type { LearningRates } from '../../training/find-learning-rate.ts';
import type { History } from '../../training/history.ts';

/** Graft's own things. */
export type Noun =
  | Dataset
  | Photos
  | Findings
  | Backbone
  | Features
  | History
  | Evaluation
  | Classifier
  | SweepResult
  | LearningRates
  | BackboneComparison
  | Exported
  | SavedPage;

/** A member that each thing has beside its kind, since a user's own row may have a `kind`, too. */
const PARTS: Readonly<Record<Noun['kind'], string>> = {
  dataset: 'imageSize',
  photos: 'train',
  findings: 'rows',
  backbone: 'outputShape',
  features: 'shape',
  history: 'epochs',
  evaluation: 'predictions',
  classifier: 'head',
  sweep: 'runs',
  'learning rates': 'suggestion',
  backbones: 'basis',
  export: 'load',
  page: 'notSure',
};

/** Whether something is one of Graft's things. */
export function isNoun(value: unknown): value is Noun {
  if (typeof value !== 'object' || value === null) return false;
  const { kind } = value as { kind?: unknown };
  return typeof kind === 'string' && Object.hasOwn(PARTS, kind) && Reflect.has(value, PARTS[kind as Noun['kind']]);
}

/** Describes one of Graft's things in text, most of them in a line. */
export function nounText(noun: Noun): string {
  switch (noun.kind) {
    case 'sweep':
      return `sweep of ${noun.runs.length} runs; ${noun.basis}`;
    case 'learning rates':
      return `${noun.rows.length} learning rates tried; the loss falls fastest at ${noun.suggestion}`;
    case 'backbones': // each row in a line, for outputs without tables
      return [
        ...noun.rows.map(({ name, method, accuracy }) => `${name}, ${method}: ${String(accuracy)}`),
        noun.basis,
      ].join('\n');
    default:
      return String(noun);
  }
}
