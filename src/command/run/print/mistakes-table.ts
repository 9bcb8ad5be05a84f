import type { Dataset } from '../../../data/dataset.ts';
import { thumbnailAddress } from '../../../plots/frame/picture-address.ts';
import { escapeHtml } from '../../../text/html.ts';
import type { MistakeWithNearest } from '../open/nearest-training.ts';

/** How many pictures a page holds: with 2 kB each it stays small enough to send. */
const SHOWN = 1000;
/** Side of a picture in CSS pixels, and of a training picture beside it. */
const [SIDE, NEAR_SIDE] = [64, 48];
/** How many pictures are read at once. */
const BATCH = 100;

/**
 * Writes every mistake as a row with its picture, the surest first, and the training pictures most like it, if they are
 * known; pictures are decoded when they are scrolled to.
 */
export async function mistakesTable(
  images: Dataset,
  mistakes: readonly MistakeWithNearest[],
  trained?: Dataset,
): Promise<string> {
  if (!mistakes.length) return '';
  const shown = mistakes.slice(0, SHOWN);
  const beside = trained && mistakes[0].nearest ? trained : undefined;
  const rows: string[] = [];
  for (let from = 0; from < shown.length; from += BATCH) {
    const batch = shown.slice(from, from + BATCH);
    const addresses = await thumbnails(
      images,
      batch.map(({ image }) => image),
    );
    const near = beside ? await nearestCells(beside, batch) : [];
    rows.push(...batch.map((mistake, i) => rowOf(mistake, addresses[i], near[i])));
  }
  const rest = mistakes.length > SHOWN ? ` The surest ${SHOWN.toLocaleString('en-US')}; mistakes.csv has all.` : '';
  return (
    `<h2>Every mistake</h2><p>${mistakes.length.toLocaleString('en-US')} of ` +
    `${images.n.toLocaleString('en-US')} pictures, the surest first.${rest}</p><table><thead><tr><th></th>` +
    ['picture', 'is', 'taken for', 'probabilities (%)', ...(beside ? ['most alike in training'] : [])]
      .map((text) => `<th style="text-align:left">${text}</th>`)
      .join('') +
    `</tr></thead><tbody>${rows.join('')}</tbody></table>`
  );
}

function rowOf(
  { image, file, label, prediction, probabilities, labelProbability }: MistakeWithNearest,
  address: string,
  near = '',
): string {
  const percent = (share: number): string => (100 * share).toFixed(1);
  const most = Object.entries(probabilities).map(([name, share]) => `${name} ${percent(share)}`);
  if (!Object.hasOwn(probabilities, label)) most.push(`… ${label} ${percent(labelProbability)}`);
  const name = file ?? `image\u00A0${image}`;
  return (
    `<tr><td>${pictureOf(address, SIDE)}</td>` +
    `<td style="overflow-wrap:anywhere;min-width:8em">${escapeHtml(name)}</td>` +
    [label, prediction].map((text) => `<td>${escapeHtml(text)}</td>`).join('') +
    `<td style="min-width:9em">${escapeHtml(most.join(', '))}</td>` +
    `${near}</tr>`
  );
}

const pictureOf = (address: string, side: number): string =>
  `<img src="${address}" alt="" loading="lazy" decoding="async" width="${side}" height="${side}" style="object-fit:contain">`;

/** Writes the cells of the training pictures most like each mistake: pictures with class and cosine under them. */
async function nearestCells(trained: Dataset, mistakes: readonly MistakeWithNearest[]): Promise<string[]> {
  const all = mistakes.flatMap(({ nearest = [] }) => nearest);
  const addresses = await thumbnails(
    trained,
    all.map(({ image }) => image),
  );
  let at = 0;
  return mistakes.map(({ nearest = [] }) => {
    const figures = nearest.map(
      ({ file = '', label, similarity }) =>
        `<figure style="margin:0;text-align:center" title="${escapeHtml(file)}">${pictureOf(addresses[at++], NEAR_SIDE)}` +
        `<figcaption style="font-size:.8em">${escapeHtml(label)}<br>${similarity.toFixed(2)}</figcaption></figure>`,
    );
    return `<td><div style="display:flex;gap:.5rem">${figures.join('')}</div></td>`;
  });
}

async function thumbnails(images: Dataset, indices: readonly number[]): Promise<string[]> {
  const [height, width] = images.imageSize;
  const bytes = height * width * 3;
  const pixels = await images.at(indices);
  return Promise.all(
    indices.map((_, i) =>
      thumbnailAddress({ pixels: pixels.subarray(i * bytes, (i + 1) * bytes), size: images.imageSize }, SIDE),
    ),
  );
}
