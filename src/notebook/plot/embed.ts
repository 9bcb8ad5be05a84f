import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pictureHeader } from '../../pixels/formats/picture-header.ts';

const XLINK = 'http://www.w3.org/1999/xlink';

/** The formats that browsers show, by Graft's names for them. */
const TYPES = new Map([
  ['jpeg', 'image/jpeg'],
  ['png', 'image/png'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['avif', 'image/avif'],
  ['bmp', 'image/bmp'],
  ['svg', 'image/svg+xml'],
]);

/**
 * Embeds the pictures that `Plot.image` names in the plot, since a picture in a page loads nothing. Files are read; a
 * picture from elsewhere is replaced by a frame, and a line says so.
 * @throws Error naming a file that is missing, or that no browser shows
 */
export function embedPictures(svg: Element): void {
  const elsewhere = new Set<string>();
  const read = new Map<string, string>();
  for (const image of svg.querySelectorAll('image')) {
    const source = image.getAttributeNS(XLINK, 'href') ?? image.getAttribute('href') ?? '';
    if (!source || source.startsWith('data:')) continue;
    if (/^(https?|blob|ftp):|^\/\//.test(source)) {
      elsewhere.add(source);
      image.replaceWith(frame(image, source));
      continue;
    }
    if (!read.has(source)) read.set(source, addressOf(source));
    if (image.hasAttributeNS(XLINK, 'href')) image.setAttributeNS(XLINK, 'href', read.get(source)!);
    else image.setAttribute('href', read.get(source)!);
  }
  if (elsewhere.size)
    console.warn(
      `Plot.image: ${elsewhere.size === 1 ? 'a picture' : `${elsewhere.size} pictures`} from elsewhere cannot be shown, since a notebook loads nothing: ` +
        `${[...elsewhere].slice(0, 3).join(', ')}${elsewhere.size > 3 ? ', …' : ''}. Download it, and give the file's path.`,
    );
}

/** Gives a file as a data: address. */
function addressOf(source: string): string {
  const file = source.startsWith('file:') ? fileURLToPath(source) : path.resolve(source);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new Error(
      `Plot.image: expected \`src\` to name files, paths counting from ${process.cwd()}; got "${source}", which cannot be read.`,
      { cause },
    );
  }
  const format = pictureHeader(bytes, file)?.format ?? (/\.svg$/i.test(file) ? 'svg' : 'no picture');
  const type = TYPES.get(format);
  if (!type)
    throw new Error(
      `Plot.image: expected a picture that browsers show (${[...TYPES.keys()].join(', ')}); "${source}" is ${format}.`,
    );
  return `data:${type};base64,${bytes.toString('base64')}`;
}

/** Draws a frame in a picture's place. */
function frame(image: Element, source: string): Element {
  const rect = image.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const name of ['x', 'y', 'width', 'height', 'transform']) {
    const value = image.getAttribute(name);
    if (value !== null) rect.setAttribute(name, value);
  }
  for (const [name, value] of Object.entries({ fill: '#eee', stroke: '#999', 'stroke-dasharray': '3 2' }))
    rect.setAttribute(name, value);
  const title = image.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'title');
  title.textContent = `not shown, since it is elsewhere: ${source}`;
  rect.append(title);
  return rect;
}
