import type { Dataset } from '../../../data/dataset.ts';
import { thumbnailAddress } from '../../../plots/frame/picture-address.ts';
import { escapeHtml } from '../../../text/html.ts';
import type { Mistake } from '../../../training/evaluation/mistakes.ts';

/** How many pictures a page holds: with 2 kB each it stays small enough to send. */
const SHOWN = 1000;
/** Side of a picture in CSS pixels. */
const SIDE = 64;
/** How many pictures are read at once. */
const BATCH = 100;

/** Writes every mistake as a row with its picture, the surest first; pictures are decoded when they are scrolled to. */
export async function mistakesTable(images: Dataset, mistakes: readonly Mistake[]): Promise<string> {
  if (!mistakes.length) return '';
  const shown = mistakes.slice(0, SHOWN);
  const rows: string[] = [];
  for (let from = 0; from < shown.length; from += BATCH) {
    const batch = shown.slice(from, from + BATCH);
    const addresses = await thumbnails(
      images,
      batch.map(({ image }) => image),
    );
    rows.push(...batch.map((mistake, i) => rowOf(mistake, addresses[i])));
  }
  const rest = mistakes.length > SHOWN ? ` The surest ${SHOWN.toLocaleString('en-US')}; mistakes.csv has all.` : '';
  return (
    `<h2>Every mistake</h2><p>${mistakes.length.toLocaleString('en-US')} of ` +
    `${images.n.toLocaleString('en-US')} pictures, the surest first.${rest}</p><table><thead><tr><th></th>` +
    ['picture', 'is', 'taken for', 'probabilities (%)']
      .map((text) => `<th style="text-align:left">${text}</th>`)
      .join('') +
    `</tr></thead><tbody>${rows.join('')}</tbody></table>`
  );
}

function rowOf({ image, file, label, prediction, probabilities, labelProbability }: Mistake, address: string): string {
  const percent = (share: number): string => (100 * share).toFixed(1);
  const most = Object.entries(probabilities).map(([name, share]) => `${name} ${percent(share)}`);
  if (!Object.hasOwn(probabilities, label)) most.push(`… ${label} ${percent(labelProbability)}`);
  const name = file ?? `image\u00A0${image}`;
  return (
    `<tr><td><img src="${address}" alt="" loading="lazy" decoding="async" width="${SIDE}" height="${SIDE}" ` +
    'style="object-fit:contain"></td>' +
    [name, label, prediction, most.join(', ')].map((text) => `<td>${escapeHtml(text)}</td>`).join('') +
    '</tr>'
  );
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
