import type { Dataset } from '../data/dataset.ts';
import { multipliesBfloat16Matrices } from '../host/machine.ts';
import { type Backbone, precisionOf } from '../models/backbone.ts';
import { openvinoFault } from '../openvino.mjs';
import { HELD_OUT } from './calibrate.ts';
import { atBfloat16, atPrecision, gainsByBfloat16, type ChosenPrecision, type PrecisionOptions } from './precision.ts';
import { race } from './race.ts';
import { type EngineName, isOpen, runtimeVersion } from './running.ts';
import { keepRace, keptRace, type Race, subjectOf } from './winners.ts';

/** Another engine is taken if it is so many times as fast, and was faster in so many of its turns. */
const [LEAST_RATIO, LEAST_AHEAD] = [1.1, 0.75];
/** And if its features agree with ONNX Runtime's: in the same precision to this mean cosine, in bfloat16 as in 8 bits. */
const LEAST_AGREEMENT = { same: 0.999, bfloat16: 0.995 };
/** For fewer pictures there is no race. */
const LEAST_PICTURES = 2 * HELD_OUT;
/**
 * Nor is there for work that ONNX Runtime does in so many seconds: a race takes some seven, and has saved a tenth to a
 * third of the work without AMX, and more than a third with it (docs/performance.md).
 */
const worthRacing = (): number => (multipliesBfloat16Matrices() ? 15 : 60);

/** An engine, and the backbone in the precision that it computes in. */
export interface ChosenEngine extends ChosenPrecision {
  readonly engine: EngineName;
}

export interface ChooseOptions extends FastestOptions, Pick<PrecisionOptions, 'onImage'> {
  readonly keeps?: (usual: ChosenPrecision) => Promise<boolean>;
}

export interface FastestOptions extends Omit<PrecisionOptions, 'engine' | 'onImage'> {
  /** Whether a race may be held, if none was held here before. @default true */
  readonly mayRace?: boolean;
  /** Holds another race, which counts from then on. @default false */
  readonly again?: boolean;
  /** Called after each turn of a race. */
  readonly onTurn?: (done: number, total: number) => void;
}

/**
 * Decides whether OpenVINO runs a backbone on this machine instead of ONNX Runtime: a short race decides, once for each
 * network and precision, and is kept with its figures. A network that would run in float32 runs in bfloat16, if the
 * precision is left open, the CPU gains by it, and it wins so; otherwise both race in float32.
 * @param usual the backbone as ONNX Runtime would run it
 * @param images pictures at hand, in the size that the network takes
 */
export async function fastestHere(
  usual: ChosenPrecision,
  images: Dataset,
  { mayRace = true, again = false, onTurn, ...options }: FastestOptions,
): Promise<ChosenEngine> {
  const stay: ChosenEngine = { ...usual, engine: 'onnx' };
  if (!openvinoIsHere()) return stay;
  const { precision = 'auto', signal } = options;
  const { backbone } = usual;
  const subject = subjectOf(backbone, images.imageSize);
  const isRounded = !backbone.int8 && precision === 'auto' && gainsByBfloat16(backbone);
  const orExact = async (): Promise<ChosenEngine> =>
    isRounded ? fastestHere(usual, images, { ...options, mayRace, again, onTurn, precision: 'float32' }) : stay;
  const kept = again ? undefined : await keptRace(subject, isRounded ? 'bfloat16' : precisionOf(backbone));
  if (kept?.winner === 0) return orExact();
  if (!kept && (!mayRace || images.n < LEAST_PICTURES)) return stay;
  try {
    const chosen = isRounded ? await atBfloat16(backbone, images, { ...options, engine: 'openvino' }) : usual;
    if (isRounded && chosen.backbone.bfloat16!.agreement < LEAST_AGREEMENT.bfloat16) return orExact();
    const held = kept ?? (await hold(subject, usual, chosen, images, { again, signal, onTurn }));
    if (!held) return stay;
    return held.winner === 0 ? orExact() : { ...chosen, engine: 'openvino' };
  } catch (error) {
    signal?.throwIfAborted();
    tell((error as Error).message);
    return stay;
  }
}

/** Whether OpenVINO's library is here; if it is broken, that is said. */
function openvinoIsHere(): boolean {
  const fault = openvinoFault();
  if (fault && !fault.absent) tell(fault.why);
  return !fault;
}

/** Holds a race of ONNX Runtime and OpenVINO, and keeps it; undefined if that is not worth it. */
async function hold(
  subject: string,
  usual: ChosenPrecision,
  chosen: ChosenPrecision,
  images: Dataset,
  { again, ...options }: Pick<FastestOptions, 'signal' | 'onTurn'> & { readonly again: boolean },
): Promise<Race | undefined> {
  const racers = [
    { engine: 'onnx', backbone: usual.backbone },
    { engine: 'openvino', backbone: chosen.backbone },
  ] as const;
  const laps = await race(racers, images, { ...options, worth: again ? 0 : worthRacing() });
  if (!laps) return undefined;
  const least = chosen.backbone.bfloat16 ? LEAST_AGREEMENT.bfloat16 : LEAST_AGREEMENT.same;
  const [, { ratio, ahead, agreement }] = laps;
  const wins = ratio >= LEAST_RATIO && ahead >= LEAST_AHEAD && agreement >= least;
  const contestants = await Promise.all(
    laps.map(async (lap, i) => {
      const { engine, backbone } = racers[i];
      return { engine, precision: precisionOf(backbone), runtime: await runtimeVersion(engine), ...lap };
    }),
  );
  return keepRace({ subject, contestants, winner: wins ? 1 : 0 }, again);
}

/**
 * Decides engine and precision: by what this machine has shown if nobody has named an engine and no GPU does the work.
 * @param options.asked the engine that was named
 * @param options.usual what `chooseEngine` makes of that
 */
export const atEngine = async (
  given: Backbone,
  images: Dataset,
  {
    asked,
    usual,
    ...options
  }: ChooseOptions & { readonly asked: EngineName | 'auto' | undefined; readonly usual: EngineName },
): Promise<ChosenEngine> =>
  usual === 'onnx' && isOpen(asked)
    ? chooseHere(given, images, options)
    : { ...(await atPrecision(given, images, { ...options, engine: usual })), engine: usual };

/**
 * Decides engine and precision if nobody has named an engine and no GPU does the work.
 * @param options.keeps tells whether ONNX Runtime's features of a backbone are kept already: then nothing is decided anew
 */
export async function chooseHere(
  given: Backbone,
  images: Dataset,
  { keeps, onImage, ...options }: ChooseOptions,
): Promise<ChosenEngine> {
  if (options.precision === 'bfloat16')
    return { ...(await atBfloat16(given, images, { ...options, engine: 'openvino' })), engine: 'openvino' };
  const usual = await atPrecision(given, images, { ...options, engine: 'onnx', onImage });
  if (openvinoIsHere() && (await keeps?.(usual))) return { ...usual, engine: 'onnx' };
  return fastestHere(usual, images, options);
}

/** Says once why OpenVINO does not compute. */
function tell(why: string): void {
  if (told.has(why)) return;
  told.add(why);
  console.warn(
    `OpenVINO cannot be used here: ${why} ONNX Runtime computes instead.`.replace(/([^.]) ONNX/, '$1. ONNX'),
  );
}
const told = new Set<string>();
