/**
 * Controls in cells. They have a door of their own, since `text`, `number` and `html` would say too little among the
 * names of `graft-ml`, and a program that trains without a notebook needs none of them.
 */
export { button } from './button.ts';
export { checkbox, toggle } from './checks.ts';
export { columns, rows, tabs } from './boxes.ts';
export type { Control } from './control.ts';
export { exploreHead } from './explore/head.ts';
export { exploreImages } from './explore/images.ts';
export { exploreThreshold } from './explore/threshold.ts';
export { interact, type Interaction } from './interact.ts';
export { html, image } from './media.ts';
export { number } from './number.ts';
export { progress } from './progress.ts';
export { range } from './range.ts';
export { select } from './select.ts';
export { slider } from './slider.ts';
export { text } from './text.ts';
export { upload, type UploadedFile } from './upload.ts';
export { widget } from './own-widget.ts';
