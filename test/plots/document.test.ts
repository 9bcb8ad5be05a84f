import { JSDOM } from 'jsdom';
import { describe, expect, it, vi } from 'vitest';
import { everyPlot } from './every-plot.ts';

describe('a plot', () => {
  const { document } = new JSDOM('').window;
  const { runsTable: _, ...plots } = everyPlot('cat', { document, caption: 'what it rests on' });
  for (const [name, draw] of Object.entries(plots)) {
    it(`${name} is drawn in the document that it is given, with the caption that it is given`, async () => {
      const made = [vi.spyOn(document, 'createElement'), vi.spyOn(document, 'createElementNS')];
      const html = await draw();
      // pictures side by side are no drawing and need no document
      expect(made.some((spy) => spy.mock.calls.length)).toBe(html.includes('image/svg+xml'));
      expect(html).toContain('>what it rests on');
      made.forEach((spy) => spy.mockRestore());
    });
  }

  it('installs no document', () => {
    expect('document' in globalThis).toBe(false);
  });
});
