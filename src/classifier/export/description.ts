import { type Fitting, resizingOf } from '../../data/dataset.ts';
import { WHOLE_PICTURE } from '../../data/pictures/picture-files.ts';
import { graftVersion } from '../../host/version.ts';
import { type Normalization, normalizationOf } from '../../pixels/preprocess.ts';
import { licenceOf, type Licence } from './formats/licence.ts';
import type { Classifier } from '../classifier.ts';

/** What a reader of an exported file must know, and what it was made from. */
export interface Description {
  readonly classNames: readonly string[];
  /** Height and width of the pictures that go in, in pixels. */
  readonly imageSize: readonly [height: number, width: number];
  /** How photos are brought to that size. */
  readonly resizing: Fitting;
  /** What is done to levels 0..255 within the file, or what a reader has to do. */
  readonly preprocessing: Normalization;
  readonly temperature: number;
  /** Names the classifier. */
  readonly classifier: string;
  readonly backbone: string;
  readonly licence: Licence;
  /** The run that trained it, if it was given. */
  readonly run?: string;
  readonly graft: string;
}

/** Describes a classifier for those who use its file without Graft. */
export function describe(classifier: Classifier, run?: { readonly id: string }): Description {
  const { backbone, classNames, imageSize, temperature, id, fit = WHOLE_PICTURE } = classifier;
  return {
    classNames,
    imageSize,
    resizing: fit,
    preprocessing: normalizationOf(backbone.input.preprocess),
    temperature,
    classifier: id,
    backbone: String(backbone),
    licence: licenceOf(backbone),
    ...(run && { run: run.id }),
    graft: graftVersion(),
  };
}

/** Writes a description as texts by name, as ONNX' `metadata_props` and TF.js' metadata hold them. */
export function asTexts(description: Description): Record<string, string> {
  const { classNames, imageSize, resizing, preprocessing, temperature, licence, ...texts } = description;
  return {
    classNames: JSON.stringify(classNames),
    imageSize: JSON.stringify(imageSize),
    resizing: JSON.stringify(resizingOf(resizing)),
    preprocessing: JSON.stringify(preprocessing),
    temperature: String(temperature),
    licence: licence.text,
    ...texts,
  };
}
