import * as Plot from '@observablehq/plot';
import type { ClassActivation } from '../../analysis/grad-cam.ts';
import type { Dataset } from '../../data/dataset.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import { resample, resampleMap } from '../../pixels/resample.ts';
import { joinCaption } from '../frame/captions.ts';
import { type DrawOptions, percent } from '../frame/card.ts';
import { pictureGrid, type Tile, tilesOf } from './pictures.ts';

/** Side of the overlay, in pixels. */
const SIDE = 112;

export interface ActivationMapsOptions extends DrawOptions {
  readonly title?: string;
  /** Pairs in a row. @default 4 */
  readonly columns?: number;
}

/**
 * Shows pictures, each overlaid with what spoke for a class: dark for little, bright for much.
 * @param dataset as many images as maps
 * @param maps maps as `gradCam` gives them
 * @returns HTML
 * @example
 * const maps = await gradCam(model, take(images.test, 4));
 * show(activationMaps(take(images.test, 4), maps));
 */
export async function activationMaps(
  dataset: Dataset,
  maps: readonly ClassActivation[],
  options: ActivationMapsOptions = {},
): Promise<string> {
  const { title = 'Where the classifier looked (Grad-CAM)', caption, columns = 4 } = options;
  checkOptions('activationMaps', { columns });
  const { classNames, labels, n, name } = dataset;
  if (maps.length !== n)
    throw new RangeError(`activationMaps: expected a map for each of ${n} images; got ${maps.length}.`);
  const said = ({ className, classIndex }: ClassActivation): string => className ?? classNames[classIndex];
  const truth = (i: number): string => classNames[labels[i]];
  const pictures = await tilesOf(dataset, [...maps.keys()], (i) => ({ lines: [`is ${truth(i)}`] }));
  const tiles = maps.flatMap((map, i): Tile[] => {
    const lines = [`${said(map)} ${percent(map.probability, 0)}`];
    return [pictures[i], { pixels: overlay(pictures[i], map), size: [SIDE, SIDE], lines }];
  });
  const first = maps.slice(0, 3).map((map, i) => `${truth(i)} seen as ${said(map)}`);
  return pictureGrid(tiles, {
    side: 100,
    columns: 2 * columns,
    group: 2,
    title,
    caption: caption ?? joinCaption(name, `${n} images`, maps[0]?.basis),
    alt: `Heat maps over ${n} pictures: ${first.join('; ')}.`,
  });
}

/** @returns [SIDE, SIDE, 3] */
function overlay({ pixels, size }: Tile, { map, size: mapSize }: Pick<ClassActivation, 'map' | 'size'>): Uint8Array {
  const picture = resample(pixels, size, { size: SIDE });
  const heat = resampleMap(map, mapSize, { size: SIDE });
  const out = new Uint8Array(SIDE * SIDE * 3);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const grey = 0.299 * picture[3 * i] + 0.587 * picture[3 * i + 1] + 0.114 * picture[3 * i + 2];
    const colour = ramp()[Math.round(255 * Math.min(1, Math.max(0, heat[i])))];
    for (let c = 0; c < 3; c++) out[3 * i + c] = 0.45 * grey + 0.55 * colour[c];
  }
  return out;
}

let inferno: number[][] | undefined;

/**
 * Gives Inferno (S. van der Walt and N. Smith), whose lightness rises evenly, for any kind of colour vision: [256, 3].
 */
function ramp(): number[][] {
  if (inferno) return inferno;
  const { apply } = Plot.scale({ color: { type: 'linear', domain: [0, 255], scheme: 'inferno' } });
  inferno = Array.from({ length: 256 }, (_, i) => {
    const colour = String(apply(i));
    const hex = /^#(..)(..)(..)$/.exec(colour);
    return hex ? hex.slice(1).map((part) => parseInt(part, 16)) : (colour.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  });
  return inferno;
}
