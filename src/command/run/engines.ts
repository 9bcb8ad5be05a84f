import path from 'node:path';
import { asNetworkTakes } from '../../data/dataset.ts';
import { progressBar, progressOf } from '../../host/progress.ts';
import { backboneOf } from '../../models/backbone.ts';
import { openvinoFault } from '../../openvino.mjs';
import { dataFolder } from '../../project.ts';
import { ENGINE_NAMES } from '../../runtime/engines/engines.mjs';
import { chooseHere } from '../../runtime/fastest.ts';
import { type EngineName, runtimeVersion } from '../../runtime/running.ts';
import { listRaces, type Race } from '../../runtime/winners.ts';
import type { Run, ValuesOf } from '../line/command.mjs';
import type { flags } from '../engines.mjs';
import { extractOptions, networkOfFlags, openImages } from './open/open-features.ts';

interface Here {
  readonly name: EngineName;
  readonly version?: string;
  /** Why it cannot be used. */
  readonly why?: string;
}

export const run: Run<typeof flags> = async (values, { signal }) => {
  if (values.race) await raceAgain(values, signal);
  const engines = await Promise.all(ENGINE_NAMES.map(hereOf));
  const races = await listRaces();
  const lines = [
    ...engines.map(({ name, version, why }) => `${name.padEnd(11)}${why === undefined ? version : `not here: ${why}`}`),
    ...(races.length ? ['', ...races.flatMap(linesOf)] : ['', 'No race was held on this machine yet.']),
  ];
  return { text: lines.join('\n'), json: { engines, races } };
};

async function hereOf(name: EngineName): Promise<Here> {
  const why = name === 'openvino' ? openvinoFault()?.why : undefined;
  if (why !== undefined) return { name, why };
  return runtimeVersion(name).then(
    (version) => ({ name, version }),
    (error: Error) => ({ name, why: error.message }),
  );
}

/** Races on the network and the pictures that flags name. */
async function raceAgain(values: ValuesOf<typeof flags>, signal: AbortSignal): Promise<void> {
  const { images, calibration } = await openImages(values, signal);
  const {
    precision,
    calibrationPercentile: percentile,
    cache = path.join(dataFolder(), 'features'),
    ...entering
  } = extractOptions(values, calibration, signal, 'auto');
  const own = backboneOf(await networkOfFlags(values, images), entering);
  const bar = progressOf(progressBar());
  await chooseHere(own, asNetworkTakes(images, own.input), {
    ...{ precision, percentile, cache, signal },
    again: true,
    onTurn: (done, total) => bar?.({ label: 'racing OpenVINO and ONNX Runtime', done, total, unit: 'turns' }),
  });
}

/** Writes a race: its subject, then each contestant, the winner marked. */
const linesOf = ({ subject, contestants, winner, cpu, threads, made }: Race): string[] => [
  `${subject}; ${cpu}, ${threads} threads, ${made.slice(0, 16).replace('T', ' ')}`,
  ...contestants.map(
    ({ runtime, precision, secondsPerImage, ratio, ahead, agreement }, i) =>
      `  ${i === winner ? '→' : ' '} ${`${runtime}, ${precision}`.padEnd(36)}${(1 / secondsPerImage).toFixed(1).padStart(7)} images/s` +
      (i
        ? `, ${ratio.toFixed(2)} times; ahead in ${Math.round(100 * ahead)} % of the turns; cosine ${agreement.toFixed(4)}`
        : ''),
  ),
];
