import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { everyPlot } from './every-plot.ts';

/**
 * A plot's HTML as somebody can read it: a picture's SVG instead of its address, an element a line, and of pixels their
 * size and a hash.
 */
async function readable(html: string): Promise<string> {
  const svgs = html.replace(
    /<img alt="([^"]*)"[^>]*?src="data:image\/svg\+xml;base64,([^"]*)">/g,
    (_, alt: string, base64: string) => `<!-- ${alt} -->${Buffer.from(base64, 'base64').toString('utf8')}`,
  );
  let text = svgs.replaceAll('><', '>\n<');
  for (const [address, format, base64] of svgs.matchAll(/data:image\/(png|jpeg);base64,([A-Za-z0-9+/=]*)/g)) {
    const { data, info } = await sharp(Buffer.from(base64, 'base64')).raw().toBuffer({ resolveWithObject: true });
    // JPEG's pixels are the library's choice
    const hash = format === 'png' ? ` ${createHash('sha256').update(data).digest('hex').slice(0, 12)}` : '';
    text = text.replaceAll(address, `${format} ${info.width}×${info.height}${hash}`);
  }
  // Plot counts its marks and clips over all plots of a process
  const ids = new Map<string, number>();
  const renumbered = text.replace(/plot-(marker|clip)-\d+/g, (id, kind: string) => {
    if (!ids.has(id)) ids.set(id, ids.size + 1);
    return `plot-${kind}-${ids.get(id)}`;
  });
  return `${renumbered}\n`;
}

describe('a plot of fixed rows is drawn as it was', () => {
  for (const [name, draw] of Object.entries(everyPlot('cat & dog'))) {
    it(name, async () => {
      await expect(await readable(await draw())).toMatchFileSnapshot(`snapshots/${name}.txt`);
    });
  }
});
