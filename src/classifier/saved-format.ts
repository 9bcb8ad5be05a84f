import type * as tf from '@tensorflow/tfjs';
import type { Fitting } from '../data/dataset.ts';
import type { Calibration } from '../models/backbone.ts';
import { type Layout, LAYOUTS, type Pooling, POOLINGS } from '../models/file-backbone.ts';
import { NETWORK_NAMES, type NetworkName } from '../models/networks/networks.ts';
import { type Interpolation, INTERPOLATIONS } from '../pixels/interpolation.ts';
import { checkResize, type Resize } from '../pixels/resize.ts';
import { normalizationOf, type Preprocessing } from '../pixels/preprocess.ts';
import type { HubFile } from '../storage/hub/cache.ts';
import { isCommit, isPath, isRepository } from '../storage/hub/name.ts';

/** What `classifier.json` holds. */
export interface SavedClassifier {
  readonly format: (typeof FORMATS)[number];
  readonly classNames: readonly string[];
  readonly imageSize: readonly [number, number];
  /** What the head's scores are divided by; absent if it was not fitted. */
  readonly temperature?: number;
  /** How photos are brought to that size; absent if the training pictures already had it. */
  readonly fit?: Fitting;
  /** Which pictures it has seen; absent if nobody knows, and in files of earlier versions. */
  readonly pictures?: SavedPictures;
  /** How a seed set the test pictures apart, if it did. */
  readonly division?: { readonly seed: number; readonly testShare: number };
  /** How its training pictures were read (`READING`); absent in files of earlier versions, which means 1. */
  readonly reading?: number;
  readonly kernel: Interpolation;
  readonly preprocess: Preprocessing;
  readonly backbone: {
    /** One of Graft's networks, or the name of an ONNX file. */
    readonly network: string;
    readonly cut: string;
    readonly inputSize: number;
    /** Where the weights were; a path, or a file's name in the folder itself. */
    readonly weights: string;
    /** Names the function the backbone computes in float32; checked when loaded. */
    readonly fingerprint: string;
    /** How an ONNX file is used; absent for a network of layers. */
    readonly onnx?: SavedFile;
    /** Ranges that it computes in 8 bits with; absent for float32. */
    readonly int8?: Calibration;
  };
  /** `sha256` is that of the file with its weights, whose name holds its first digits. */
  readonly head: {
    readonly topology: unknown;
    readonly weights: tf.io.WeightsManifestEntry[];
    readonly newLayers?: readonly string[];
    readonly sha256: string;
  };
}

export interface SavedFile {
  readonly pooling: Pooling;
  readonly layout: Layout;
  readonly cutLayout?: Layout;
  readonly cropFraction?: number;
  readonly fit?: Resize;
  /** The inner tensor at which pictures enter (format 3). */
  readonly entry?: string;
  /** Where it was downloaded from. */
  readonly hub?: HubFile;
}

/**
 * How many there are. Their names, 16 bytes each, training first, lie in a file whose name holds the start of `sha256`.
 */
export interface SavedPictures {
  readonly training: number;
  readonly validation: number;
  readonly sha256: string;
}

/** The formats that are read: in the last one pictures may enter a graph at an inner tensor, as in a folder for the hub. */
const FORMATS = ['graft classifier 2', 'graft classifier 3'] as const;
const VERSION = FORMATS.length + 1;
const LATEST = FORMATS.at(-1)!;

/** Gives the oldest format that can say it, so that older versions of Graft read what they can. */
export const formatOf = (entry: string | undefined): (typeof FORMATS)[number] => FORMATS[entry === undefined ? 0 : 1];

/**
 * Checks what was read: a file with the right checksum may still come from something else.
 * @throws Error naming the file and the part that is not as expected
 */
export function checkSaved(saved: Partial<SavedClassifier>, file: string): void {
  const { format, classNames, imageSize, temperature = 1, fit, kernel, preprocess, backbone, head } = saved;
  const { pictures, division, reading = 1 } = saved;
  const expect = (right: boolean, what: string, got: unknown): void => {
    if (!right) throw new Error(`${file}: expected ${what}; got ${JSON.stringify(got) ?? 'nothing'}.`);
  };
  const [, version] = /^graft classifier (\d+)$/.exec(String(format)) ?? [];
  if (Number(version) > VERSION)
    throw new Error(
      `${file}: expected format "${LATEST}" or an earlier one; got "${String(format)}", which a newer version of Graft saved. Update Graft.`,
    );
  expect(FORMATS.includes(format!), `format ${FORMATS.map((one) => `"${one}"`).join(' or ')}`, format);
  expect(
    Array.isArray(classNames) && classNames.every((name) => typeof name === 'string'),
    'classNames, a list of names',
    classNames,
  );
  const sides =
    Array.isArray(imageSize) && imageSize.length === 2 && imageSize.every((side) => Number.isInteger(side) && side > 0);
  expect(sides, 'imageSize, two numbers of pixels', imageSize);
  expect(Number.isFinite(temperature) && temperature > 0, 'temperature, a number above 0', temperature);
  expect(fit === undefined || isFit(fit), 'fit, how photos are brought to that size', fit);
  expect(pictures === undefined || isPictures(pictures), 'pictures, two numbers and a checksum', pictures);
  expect(division === undefined || isDivision(division), 'division, a seed and a share', division);
  expect(Number.isSafeInteger(reading) && reading >= 1, 'reading, a whole number from 1', reading);
  expect(INTERPOLATIONS.includes(kernel!), `kernel, one of ${INTERPOLATIONS.join(', ')}`, kernel);
  expect(isPreprocessing(preprocess), 'preprocess, a name or numbers', preprocess);
  const { onnx } = backbone ?? {};
  expect(
    onnx === undefined
      ? NETWORK_NAMES.includes(backbone?.network as NetworkName)
      : POOLINGS.includes(onnx?.pooling) && LAYOUTS.includes(onnx.layout),
    `backbone.network, one of ${NETWORK_NAMES.join(', ')}, or how an ONNX file is used`,
    backbone,
  );
  expect(['undefined', 'string'].includes(typeof onnx?.entry), 'entry, the name of a tensor', onnx?.entry);
  expect(onnx?.hub === undefined || isHubFile(onnx.hub), 'repository, commit and file of the hub', onnx?.hub);
  const named = [backbone?.cut, backbone?.weights, backbone?.fingerprint].every((text) => typeof text === 'string');
  expect(
    named && Number.isInteger(backbone!.inputSize),
    'cut, inputSize, weights and fingerprint of the backbone',
    backbone,
  );
  const ranges = Object.values(backbone!.int8?.ranges ?? {}) as unknown[];
  const int8 =
    backbone!.int8 === undefined ||
    (ranges.length > 0 && ranges.every((range) => typeof range === 'number' && range > 0));
  expect(int8, 'ranges of an 8-bit backbone', backbone!.int8);
  const { weights } = head ?? {};
  const shapes = Array.isArray(weights) && weights.every((weight) => Array.isArray(weight?.shape));
  expect(Boolean(shapes) && /^[0-9a-f]{64}$/.test(head?.sha256 ?? ''), 'weights and sha256 of the head', head);
}

function isPictures(value: unknown): boolean {
  const { training, validation, sha256 } = (value ?? {}) as Partial<SavedPictures>;
  return [training, validation].every((n) => Number.isSafeInteger(n) && n! >= 0) && /^[0-9a-f]{64}$/.test(sha256 ?? '');
}

function isDivision(value: unknown): boolean {
  const { seed, testShare } = (value ?? {}) as Partial<NonNullable<SavedClassifier['division']>>;
  return Number.isSafeInteger(seed) && testShare! > 0 && testShare! < 1;
}

function isHubFile(value: unknown): boolean {
  const { repository, commit, file } = (value ?? {}) as Partial<HubFile>;
  return isRepository(String(repository)) && isCommit(String(commit)) && isPath(String(file));
}

function isFit(value: unknown): boolean {
  const { fit, cropFraction, interpolation, background } = (value ?? {}) as Partial<Fitting>;
  try {
    checkResize(String(fit), Number(cropFraction));
    return INTERPOLATIONS.includes(interpolation!) && ['string', 'undefined'].includes(typeof background);
  } catch {
    return false;
  }
}

function isPreprocessing(value: unknown): boolean {
  try {
    return Boolean(value && normalizationOf(value as Preprocessing));
  } catch {
    return false;
  }
}
