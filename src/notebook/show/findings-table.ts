import { decodePicture } from '../../data/pictures/decode.ts';
import type { Finding, Findings } from '../../data/pictures/findings.ts';
import { escapeHtml } from '../../text/html.ts';
import { jpegAddress } from '../../plots/frame/picture-address.ts';

/** Side of a thumbnail, in CSS pixels. */
const SIDE = 48;
/** The most thumbnails in a table. */
const MOST = 12;

/**
 * Shows what is wrong with a set of pictures as a table, worst first, with thumbnails of the pictures that can be
 * shown.
 * @returns HTML
 */
export async function findingsTable(findings: Findings): Promise<string> {
  const { source, pictures, leftOut, rows } = findings;
  const number = (n: number): string => n.toLocaleString('en-US');
  const head = `${source}: ${number(pictures)} pictures${leftOut ? `, ${number(leftOut)} left out` : ''}`;
  if (!rows.length) return `<div>${escapeHtml(head)}; nothing wrong with them</div>`;
  const shown = await thumbnails(findings);
  const cell = (html: string, tag = 'td', more = ''): string =>
    `<${tag} style="text-align:left;vertical-align:top${more}">${html}</${tag}>`;
  const line = (finding: Finding): string => {
    const { what, level, count, examples, advice } = finding;
    const names = examples.map((name) => `<div style="overflow-wrap:anywhere">${escapeHtml(name)}</div>`).join('');
    const pictureOf = shown.get(finding) ?? '';
    return (
      cell(escapeHtml(what)) +
      cell(escapeHtml(level), 'td', ';white-space:nowrap') +
      `<td style="text-align:right;vertical-align:top">${number(count)}</td>` +
      cell(`${pictureOf}${names}${count > examples.length ? '…' : ''}`, 'td', ';min-width:12em') +
      cell(escapeHtml(advice))
    );
  };
  const titles = ['found', 'level', 'count', 'examples', 'advice'].map((title) => cell(title, 'th')).join('');
  return (
    `<div>${escapeHtml(head)}</div><table style="font-variant-numeric:tabular-nums"><thead><tr>${titles}</tr></thead>` +
    `<tbody>${rows.map((one) => `<tr>${line(one)}</tr>`).join('')}</tbody></table>`
  );
}

/** Gives thumbnails of each row's pictures, as HTML, the first rows' first. */
async function thumbnails({ rows, bytes }: Findings): Promise<Map<Finding, string>> {
  const all = rows.flatMap((row) => (row.pictures ?? []).map((name) => ({ row, name }))).slice(0, MOST);
  const size = 2 * SIDE; // for screens with two pixels for each CSS pixel
  const images = await Promise.all(
    all.map(async ({ row, name }) => {
      try {
        const target = { size, resize: 'crop', cropFraction: 1, interpolation: 'bilinear' } as const;
        const address = await jpegAddress({
          pixels: await decodePicture(await bytes(name), target),
          size: [size, size],
        });
        const style = 'display:inline-block;margin:0 4px 4px 0;border-radius:4px';
        const image = `<img alt="thumbnail of ${escapeHtml(name)}" title="${escapeHtml(name)}" width="${SIDE}" height="${SIDE}" style="${style}" src="${address}">`;
        return { row, image };
      } catch {
        return { row, image: '' }; // it has gone since the check: its name is enough
      }
    }),
  );
  const found = new Map<Finding, string>();
  for (const { row, image } of images) found.set(row, (found.get(row) ?? '') + image);
  return found;
}
