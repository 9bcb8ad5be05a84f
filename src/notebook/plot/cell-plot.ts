import type * as Plot from '@observablehq/plot';
import { plotDocument } from '../../host/document.ts';
import { giveCanvas } from './canvas.ts';
import { embedPictures } from './embed.ts';
import { followers } from './followers.ts';
import { giveTextBoxes } from './text-boxes.ts';
import { withAnimationFrames, writeTips } from './tips.ts';

let page: Document | undefined;

/** Gives the document that plots of cells are drawn in: with canvases, and boxes of texts. */
function cellDocument(): Document {
  if (!page) {
    page = plotDocument();
    giveCanvas(page.defaultView!);
    giveTextBoxes(page.defaultView!);
  }
  return page;
}

/**
 * Gives Observable Plot as a cell gets it. `Plot.plot({ marks })` draws in a document of the kernel's, as it draws in
 * the page's own document in a page; legends and rasters have a canvas, tips that follow a pointer become tooltips, and
 * pictures are embedded. What else follows a pointer is not drawn, and a line says so. A call that names a document
 * itself keeps it.
 */
export function cellPlot(module: typeof Plot): typeof Plot {
  const { functions, sayIn } = followers(module);
  const plot = (options: Plot.PlotOptions = {}): ReturnType<typeof Plot.plot> => {
    const element = sayIn(options, () =>
      withAnimationFrames(() => module.plot({ document: cellDocument(), ...options })),
    );
    const pictures =
      element.tagName.toLowerCase() === 'svg'
        ? [element as SVGSVGElement]
        : [...element.querySelectorAll<SVGSVGElement>(':scope > svg')];
    pictures.forEach(embedPictures);
    pictures.forEach(writeTips);
    return element;
  };
  const legend: typeof Plot.legend = (options) =>
    module.legend({ document: cellDocument(), ...options } as typeof options);
  // Plot.dot(…).plot()
  module.Mark.prototype.plot = function ({ marks = [], ...options } = {}) {
    return plot({ ...options, marks: [...marks, this as Plot.Markish] });
  };
  return { ...module, ...functions, plot, legend };
}
