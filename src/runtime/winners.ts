import os from 'node:os';
import path from 'node:path';
import { cpuKind, cpuModel } from '../host/machine.ts';
import type { Backbone } from '../models/backbone.ts';
import { dataFolder } from '../project.ts';
import { hashOf } from '../storage/files/hash.ts';
import { putIfAbsent } from '../storage/files/put.ts';
import { makeFolder } from '../storage/files/replace-file.ts';
import { isDamaged, listFolder, readSealed, sealed, writeSealed } from '../storage/files/sealed-json.ts';
import type { Lap } from './race.ts';
import { type EngineName, runtimeVersion } from './running.ts';

/** One of those that raced, with what was measured. */
export interface Contestant extends Lap {
  readonly engine: EngineName;
  /** `float32`, `bfloat16` or `int8`; of an ONNX file what it was made for. */
  readonly precision: string;
  /** With its version: `ONNX Runtime 1.30.0`. */
  readonly runtime: string;
}

/** A race on this machine, which decided what runs a network here. */
export interface Race {
  readonly format: 'graft race 1';
  /** What ran: `vgg16 to block5_pool, 224×224, pictures 32×32`. */
  readonly subject: string;
  readonly contestants: readonly Contestant[];
  /** The place of the winner among them. */
  readonly winner: number;
  readonly cpu: string;
  readonly threads: number;
  /** When it was held. */
  readonly made: string;
}

/** The folder of this machine's races: another CPU, other threads or versions race anew. */
async function folderHere(): Promise<string> {
  const versions = [await runtimeVersion('onnx'), await runtimeVersion('openvino')];
  const machine = hashOf([FORMAT, cpuKind(), os.availableParallelism(), process.env.GRAFT_THREADS ?? '', versions]);
  return path.join(dataFolder(), 'engines', machine.slice(0, 24));
}
const FORMAT = 'graft race 1';

/** Names what races: speed depends on the network and its sizes, and not on its weights. */
export const subjectOf = ({ network, cut, input, outputShape }: Backbone, imageSize: readonly number[]): string =>
  `${network} to ${cut} [${outputShape.join(', ')}], ${input.size}×${input.size} of pictures ${imageSize[1]}×${imageSize[0]}`;

const nameOf = (subject: string, precision: string): string => `${hashOf([subject, precision]).slice(0, 24)}.json`;

/**
 * Gives the race that was held here of a network; one that is damaged counts as none.
 * @param precision OpenVINO's: a network in float32 races it in float32, in bfloat16, or in both one after the other
 */
export async function keptRace(subject: string, precision: string): Promise<Race | undefined> {
  try {
    return readSealed<Race>(path.join(await folderHere(), nameOf(subject, precision)));
  } catch {
    return undefined;
  }
}

/**
 * Keeps a race, unless another process was faster: whichever was kept first counts, for both. On a read-only disk nothing
 * is kept.
 * @param again puts it in the place of an earlier one
 * @returns the race that counts
 */
export async function keepRace(race: Pick<Race, 'subject' | 'contestants' | 'winner'>, again = false): Promise<Race> {
  const { precision } = race.contestants.at(-1)!;
  const whole: Race = {
    format: FORMAT,
    ...race,
    cpu: cpuModel(),
    threads: os.availableParallelism(),
    made: new Date().toISOString(),
  };
  const folder = await folderHere();
  const name = nameOf(race.subject, precision);
  try {
    makeFolder(folder);
    if (again || isDamaged(path.join(folder, name))) writeSealed(path.join(folder, name), whole);
    else putIfAbsent(folder, name, () => [Buffer.from(sealed(whole))]);
  } catch {
    return whole;
  }
  return (await keptRace(race.subject, precision)) ?? whole;
}

/** Lists the races that were held here, the oldest first. */
export async function listRaces(): Promise<Race[]> {
  const folder = await folderHere();
  return listFolder(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      try {
        return [readSealed<Race>(path.join(folder, name))];
      } catch {
        return [];
      }
    })
    .sort((a, b) => (a.made < b.made ? -1 : 1));
}
