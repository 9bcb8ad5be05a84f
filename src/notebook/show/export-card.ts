import type { Exported } from '../../classifier/export/export-classifier.ts';
import { escapeHtml } from '../../text/html.ts';
import { layOut } from './table.ts';

/** Shows what an export wrote: its files and their sizes, how it was checked, and the lines that load it, to copy. */
export function exportCard({ title, folder, files, difference, against, load, remarks }: Exported): string {
  const line = (text: string): string => `<div>${escapeHtml(text)}</div>`;
  const lines = ({ language, needs, code }: Exported['load'][number]): string =>
    `<div style="margin-top:8px"><b>${escapeHtml(language)}</b>, with ${escapeHtml(needs.join(', '))}:</div>` +
    `<pre style="margin:4px 0;padding:6px 8px;overflow-x:auto;border:1px solid #8886">${escapeHtml(code)}</pre>`;
  return [
    `<div><b>${escapeHtml(title)}</b> in ${escapeHtml(folder)}</div>`,
    layOut(files.map(({ name, bytes }) => ({ file: name, bytes }))).html,
    line(`run once: at most ${difference.toPrecision(2)} from ${against} in any probability`),
    ...remarks.map((remark) => line(`note: ${remark}`)),
    ...load.map(lines),
  ].join('');
}
