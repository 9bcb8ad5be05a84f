import { asNetworkTakes, type Dataset } from '../../data/dataset.ts';
import { AHEAD } from '../../features/compute.ts';
import type { Backbone } from '../../models/backbone.ts';
import { bareOnnx, BATCH, type Contestant, graft } from './contestants.ts';
import { median } from '../../median.ts';

/** How fast decoding and a session are, alone and beside each other, in images a second; the median of the rounds. */
export interface Beside {
  readonly what: string;
  readonly decoding: number;
  readonly session: number;
  /** `extractFeatures`, from files to features on disk. */
  readonly both: number;
  /** `both` as a share of 1 / (1 / decoding + 1 / session), which is what to expect if both need all cores. */
  readonly ratio: number;
}

/**
 * Measures decoding alone, the session alone and both together on the same photos, in turns, each on all cores.
 * @param images photos of any size, 24 or more
 */
export async function measureBeside(
  backbone: Backbone,
  images: Dataset,
  folder: string,
  { rounds, most }: { readonly rounds: number; readonly most: number },
): Promise<Beside> {
  const own = asNetworkTakes(images, backbone.input);
  const n = Math.min(most, Math.floor(images.n / BATCH - 1) * BATCH);
  if (n < BATCH) throw new RangeError(`photos: expected ${2 * BATCH} pictures or more to train on; got ${images.n}.`);
  const contestants = [decoding(own), await bareOnnx(backbone, own), graft(backbone, images, folder)];
  const rates = contestants.map((): number[] => []);
  try {
    for (const one of contestants) await one.run(BATCH); // opens what has to be opened
    for (let round = 0; round < rounds; round++)
      for (const [i, one] of contestants.entries()) rates[i].push(n / (await one.run(n)));
  } finally {
    for (const one of contestants) await one.close();
  }
  const [decoded, ran, both] = rates.map(median);
  // for each round by itself: a busy moment meets its neighbours too
  const ratios = rates[2].map((rate, i) => rate * (1 / rates[0][i] + 1 / rates[1][i]));
  return {
    what: `${String(backbone)}, ${n} photos of ${images.name}`,
    decoding: decoded,
    session: ran,
    both,
    ratio: median(ratios),
  };
}

/** Reads and decodes pictures, and drops them. */
const decoding = (images: Dataset): Contestant => ({
  name: 'decoding',
  precision: 'float32',
  async run(n) {
    const begin = performance.now();
    let next = 0;
    const reader = async (): Promise<void> => {
      for (let from = next; from < n; from = next) {
        next = from + BATCH;
        await images.read(from, Math.min(n, from + BATCH));
      }
    };
    await Promise.all(Array.from({ length: AHEAD }, reader));
    return (performance.now() - begin) / 1000;
  },
  close() {},
});

export const besideText = ({ what, decoding: decoded, session, both, ratio }: Beside): string =>
  `${what}: decoding alone ${decoded.toFixed(1)}/s, session alone ${session.toFixed(1)}/s, both ${both.toFixed(1)}/s; ` +
  `${ratio.toFixed(2)} of 1 / (1 / decoding + 1 / session)`;
