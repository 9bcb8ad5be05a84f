import type { Dataset } from '../../../data/dataset.ts';
import { pngAddress, thumbnailAddress } from '../../../plots/frame/picture-address.ts';
import { tilesOf } from '../../../plots/pictures/pictures.ts';
import { escapeHtml } from '../../../text/html.ts';
import type { Evaluation } from '../../../training/evaluation/evaluation.ts';

/** A picture of a page: its position in the data set, its address, and what is under it. */
export interface Thumbnail {
  readonly index: number;
  readonly src: string;
  readonly text: string;
}

const SIDE = 80; // CSS pixels

/** Reads some pictures of a data set and makes thumbnails of them. */
export async function thumbnailsOf(
  dataset: Dataset,
  by: Evaluation | undefined,
  indices: readonly number[],
): Promise<Thumbnail[]> {
  const tiles = await tilesOf(dataset, indices);
  return Promise.all(
    tiles.map(async (tile, i) => {
      const index = indices[i];
      const name = dataset.classNames[dataset.labels[index]];
      const said = by && `${by.classNames[by.predictions[index]]} ${(100 * by.confidence[index]).toFixed(0)} %`;
      const large = Math.min(...tile.size) > 2 * SIDE;
      return {
        index,
        src: large ? await thumbnailAddress(tile, 2 * SIDE) : await pngAddress(tile),
        text: said ? `${name}; predicted ${said}` : name,
      };
    }),
  );
}

/** Shows a page of pictures where nothing acts. */
export const thumbnailsHtml = (state: { readonly pictures: readonly Thumbnail[]; readonly said: string }): string =>
  `<div style="font:12px system-ui,sans-serif"><div>${escapeHtml(state.said)}</div>` +
  state.pictures
    .map(
      ({ src, text }) =>
        `<img alt="${escapeHtml(text)}" title="${escapeHtml(text)}" width="48" height="48" src="${src}">`,
    )
    .join(' ') +
  '</div>';

/** The front end of a page of pictures: buttons, so that the keyboard reaches them; names are text, never markup. */
export const THUMBNAILS_ESM = `export default {
  render({ model, el }) {
    const said = document.createElement('div');
    said.setAttribute('aria-live', 'polite');
    const grid = document.createElement('div');
    grid.className = 'graft-thumbnails';
    el.append(said, grid);
    const draw = () => {
      said.textContent = model.get('said');
      grid.replaceChildren(...model.get('pictures').map(({ index, src, text }) => {
        const button = document.createElement('button');
        const image = document.createElement('img');
        Object.assign(image, { src, alt: '', width: ${SIDE}, height: ${SIDE} });
        const words = document.createElement('span');
        words.textContent = text;
        button.append(image, words);
        button.title = text;
        button.addEventListener('click', () => { model.set('clicked', index); model.save_changes(); });
        return button;
      }));
    };
    model.on('change:pictures', draw);
    draw();
  },
};`;

export const THUMBNAILS_CSS = `.graft-thumbnails { display: flex; flex-wrap: wrap; gap: 8px; margin: 6px 0; }
.graft-thumbnails button { width: ${SIDE + 12}px; padding: 5px; border: 1px solid #8888; background: none; color: inherit; font: 11px/1.3 system-ui, sans-serif; cursor: pointer; overflow-wrap: anywhere; }
.graft-thumbnails img { display: block; image-rendering: pixelated; object-fit: contain; }`;
